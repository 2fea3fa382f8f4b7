// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Inclusion proofs of RFC 9162 trees
/// @notice Follows an audit path from a leaf to the root (RFC 9162, section 2.1.3.2).
/// @dev Node = SHA-256(0x01 ‖ left ‖ right). digital_resume/core/anchoring/merkle.py is the same walk in Python;
/// both are held to tests/vectors/inclusion.json. What a root does not commit to, a proof cannot show: the size
/// (several sizes may give a leaf the same path), and that the leaf is one (an inner node fits a lower tree). So
/// the caller hashes the entry itself, with its 0x00 in front, and takes index and size for directions, not for
/// facts.
library InclusionProof {
    /// @notice Tell whether `proof` leads from `leaf` to `root`.
    /// @param root the tree's root
    /// @param leaf SHA-256(0x00 ‖ entry)
    /// @param index position of the leaf, from 0
    /// @param size number of leaves of the tree
    /// @param proof the audit path, from the leaf upwards
    /// @return whether it does; false for any input that fits no tree
    function holds(bytes32 root, bytes32 leaf, uint64 index, uint64 size, bytes32[] calldata proof)
        internal
        pure
        returns (bool)
    {
        // 1. The leaf lies in the tree.
        if (index >= size) return false;
        // 2., 3. fn and sn as in the RFC: the leaf's and the last leaf's position on the present level.
        uint64 fn = index;
        uint64 sn = size - 1;
        bytes32 r = leaf;
        // 4. At most 64 rounds: sn loses a bit in each.
        for (uint256 i = 0; i < proof.length; ++i) {
            if (sn == 0) return false;
            if (fn & 1 == 1 || fn == sn) {
                r = _node(proof[i], r);
                // The last node moves up unchanged through the levels where it has no sibling. It ends: fn is odd,
                // or equal to sn and so not 0.
                while (fn & 1 == 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                r = _node(r, proof[i]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        // 5. The path ends where the tree does.
        return sn == 0 && r == root;
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
