// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "./interfaces/IAnchorRegistry.sol";
import {InclusionProof} from "./lib/InclusionProof.sol";

/// @title Log of anchored roots
/// @notice See {IAnchorRegistry}.
contract AnchorRegistry is IAnchorRegistry {
    mapping(address submitter => mapping(bytes32 root => uint64 time)) private _times;

    /// @inheritdoc IAnchorRegistry
    function anchor(bytes32 root) external {
        if (root == bytes32(0)) revert AnchorRegistryZeroRoot();
        if (_times[msg.sender][root] != 0) return;
        uint64 time = uint64(block.timestamp);
        _times[msg.sender][root] = time;
        emit Anchored(msg.sender, root, time);
    }

    /// @inheritdoc IAnchorRegistry
    function anchoredAt(address submitter, bytes32 root) external view returns (uint64 time) {
        return _times[submitter][root];
    }

    /// @inheritdoc IAnchorRegistry
    function verify(bytes32 root, bytes32 leaf, uint64 index, uint64 size, bytes32[] calldata proof)
        external
        pure
        returns (bool)
    {
        return InclusionProof.holds(root, leaf, index, size, proof);
    }

    /// @inheritdoc IAnchorRegistry
    function verifyAnchored(
        address submitter,
        bytes32 root,
        bytes32 leaf,
        uint64 index,
        uint64 size,
        bytes32[] calldata proof
    ) external view returns (uint64 time) {
        return InclusionProof.holds(root, leaf, index, size, proof) ? _times[submitter][root] : 0;
    }
}
