// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title What a document store of the OpenAttestation kind stores for one issued root or document
/// @notice Written for the comparison of gas only: an owner issues a hash once, one storage word and one event,
/// as `issue(bytes32)` of that product's document store does. Nothing of its code is here.
contract DocumentStore {
    error DocumentStoreNotOwner(address caller);
    error DocumentStoreIssuedAlready(bytes32 document);

    event DocumentIssued(bytes32 indexed document);

    address private immutable _owner;
    mapping(bytes32 document => uint256 blockNumber) private _issued;

    constructor() {
        _owner = msg.sender;
    }

    function issue(bytes32 document) external {
        if (msg.sender != _owner) revert DocumentStoreNotOwner(msg.sender);
        if (_issued[document] != 0) revert DocumentStoreIssuedAlready(document);
        _issued[document] = block.number;
        emit DocumentIssued(document);
    }
}
