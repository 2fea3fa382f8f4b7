// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Trees and paths by the recursive definitions of RFC 9162, independent of the contract's loop.
library Rfc9162 {
    function leaves(uint256 size, bytes32 seed) internal pure returns (bytes32[] memory made) {
        made = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            made[i] = sha256(abi.encodePacked(bytes1(0x00), seed, i));
        }
    }

    /// Section 2.1.1, MTH.
    function root(bytes32[] memory all) internal pure returns (bytes32) {
        return _root(all, 0, all.length);
    }

    /// Section 2.1.3.1, PATH.
    function path(bytes32[] memory all, uint256 index) internal pure returns (bytes32[] memory) {
        return _path(all, index, 0, all.length);
    }

    /// On which side of each node of the path its sibling stands, from the leaf upwards: 1 left, 0 right.
    function turns(uint256 index, uint256 size) internal pure returns (bytes memory) {
        if (size == 1) return "";
        uint256 k = _split(size);
        return index < k
            ? abi.encodePacked(turns(index, k), uint8(0))
            : abi.encodePacked(turns(index - k, size - k), uint8(1));
    }

    function _root(bytes32[] memory all, uint256 start, uint256 size) private pure returns (bytes32) {
        if (size == 1) return all[start];
        uint256 k = _split(size);
        return sha256(abi.encodePacked(bytes1(0x01), _root(all, start, k), _root(all, start + k, size - k)));
    }

    function _path(bytes32[] memory all, uint256 index, uint256 start, uint256 size)
        private
        pure
        returns (bytes32[] memory whole)
    {
        if (size == 1) return new bytes32[](0);
        uint256 k = _split(size);
        bool left = index < k;
        bytes32[] memory inner =
            left ? _path(all, index, start, k) : _path(all, index - k, start + k, size - k);
        whole = new bytes32[](inner.length + 1);
        for (uint256 i = 0; i < inner.length; ++i) {
            whole[i] = inner[i];
        }
        whole[inner.length] = left ? _root(all, start + k, size - k) : _root(all, start, k);
    }

    /// The largest power of two smaller than `size`.
    function _split(uint256 size) private pure returns (uint256 k) {
        k = 1;
        while (k * 2 < size) k *= 2;
    }
}
