// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAnchorRegistry} from "./interfaces/IAnchorRegistry.sol";

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
        // RFC 9162, 2.1.3.2, with its names: fn, sn, r.
        if (index >= size) return false;
        uint64 fn = index;
        uint64 sn = size - 1;
        bytes32 r = leaf;
        for (uint256 i = 0; i < proof.length; ++i) {
            if (sn == 0) return false;
            if (fn & 1 == 1 || fn == sn) {
                r = _node(proof[i], r);
                while (fn & 1 == 0 && fn != 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                r = _node(r, proof[i]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && r == root;
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
