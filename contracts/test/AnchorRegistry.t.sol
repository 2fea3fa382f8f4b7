// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../AnchorRegistry.sol";
import {IAnchorRegistry} from "../interfaces/IAnchorRegistry.sol";
import {Harness} from "./Harness.sol";

contract AnchorRegistryTest is Harness {
    AnchorRegistry private registry;

    function setUp() public {
        registry = new AnchorRegistry();
        vm.warp(1_795_414_102);
    }

    function testFuzz_FirstTimeIsKept(address submitter, bytes32 root, uint32 wait) public {
        vm.assume(root != bytes32(0));
        uint64 first = uint64(block.timestamp);
        vm.prank(submitter);
        registry.anchor(root);
        vm.warp(block.timestamp + wait);
        vm.recordLogs();
        vm.prank(submitter);
        registry.anchor(root);
        equal(vm.getRecordedLogs().length, 0, "a repeat emits nothing");
        equal(registry.anchoredAt(submitter, root), first, "first time");
    }

    function testFuzz_SubmittersDoNotTouchEachOther(address one, address other, bytes32 root) public {
        vm.assume(root != bytes32(0) && one != other);
        vm.prank(one);
        registry.anchor(root);
        equal(registry.anchoredAt(other, root), 0, "other submitter");
    }

    function test_EmitsAnchored() public {
        bytes32 root = keccak256("root");
        vm.expectEmit(true, true, false, true, address(registry));
        emit IAnchorRegistry.Anchored(address(this), root, uint64(block.timestamp));
        registry.anchor(root);
    }

    function test_ZeroRootIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IAnchorRegistry.AnchorRegistryZeroRoot.selector));
        registry.anchor(bytes32(0));
    }

    function testFuzz_EveryLeafVerifies(uint8 rawSize, uint8 rawIndex, bytes32 seed) public view {
        uint256 size = bound(rawSize, 1, 70);
        uint256 index = bound(rawIndex, 0, size - 1);
        bytes32[] memory leaves = _leaves(size, seed);
        bytes32 root = _root(leaves, 0, size);
        bytes32[] memory proof = _path(leaves, index, 0, size);
        check(registry.verify(root, leaves[index], uint64(index), uint64(size), proof), "proof holds");
    }

    function testFuzz_AlteredProofFails(uint8 rawSize, uint8 rawIndex, bytes32 seed, uint8 which) public view {
        uint256 size = bound(rawSize, 2, 70);
        uint256 index = bound(rawIndex, 0, size - 1);
        bytes32[] memory leaves = _leaves(size, seed);
        bytes32 root = _root(leaves, 0, size);
        bytes32[] memory proof = _path(leaves, index, 0, size);
        uint64 position = uint64(index);
        uint64 total = uint64(size);
        check(!registry.verify(root, ~leaves[index], position, total, proof), "other leaf");
        check(!registry.verify(~root, leaves[index], position, total, proof), "other root");
        check(!registry.verify(root, leaves[index], total, total, proof), "index beyond the tree");
        check(!registry.verify(root, leaves[index], uint64((index + 1) % size), total, proof), "other index");
        bytes32[] memory longer = new bytes32[](proof.length + 1);
        bytes32[] memory shorter = new bytes32[](proof.length - 1);
        for (uint256 i = 0; i < proof.length; ++i) {
            longer[i] = proof[i];
            if (i < shorter.length) shorter[i] = proof[i];
        }
        check(!registry.verify(root, leaves[index], position, total, longer), "longer path");
        check(!registry.verify(root, leaves[index], position, total, shorter), "shorter path");
        proof[which % proof.length] = ~proof[which % proof.length];
        check(!registry.verify(root, leaves[index], position, total, proof), "altered path");
    }

    function test_EmptyTreeHasNoLeaf() public view {
        check(!registry.verify(bytes32(0), bytes32(0), 0, 0, new bytes32[](0)), "empty tree");
    }

    function test_OneLeafIsItsOwnRoot() public view {
        bytes32 leaf = sha256(hex"00");
        check(registry.verify(leaf, leaf, 0, 1, new bytes32[](0)), "one leaf");
    }

    function _leaves(uint256 size, bytes32 seed) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            leaves[i] = sha256(abi.encodePacked(bytes1(0x00), seed, i));
        }
    }

    /// RFC 9162, 2.1.1: MTH by the recursive definition, independent of the contract's loop.
    function _root(bytes32[] memory leaves, uint256 start, uint256 size) private pure returns (bytes32) {
        if (size == 1) return leaves[start];
        uint256 k = _split(size);
        return sha256(
            abi.encodePacked(bytes1(0x01), _root(leaves, start, k), _root(leaves, start + k, size - k))
        );
    }

    /// RFC 9162, 2.1.3.1: PATH by the recursive definition.
    function _path(bytes32[] memory leaves, uint256 index, uint256 start, uint256 size)
        private
        pure
        returns (bytes32[] memory path)
    {
        if (size == 1) return new bytes32[](0);
        uint256 k = _split(size);
        bool left = index < k;
        bytes32[] memory inner =
            left ? _path(leaves, index, start, k) : _path(leaves, index - k, start + k, size - k);
        path = new bytes32[](inner.length + 1);
        for (uint256 i = 0; i < inner.length; ++i) {
            path[i] = inner[i];
        }
        path[inner.length] = left ? _root(leaves, start + k, size - k) : _root(leaves, start, k);
    }

    function _split(uint256 size) private pure returns (uint256 k) {
        k = 1;
        while (k * 2 < size) k *= 2;
    }
}

/// @notice Anchors as several submitters; remembers the first time of everything.
contract AnchorHandler is Harness {
    AnchorRegistry public immutable registry;
    mapping(address submitter => mapping(bytes32 root => uint64 time)) public first;
    bool public changed;
    uint256 public calls;

    constructor(AnchorRegistry registry_) {
        registry = registry_;
    }

    function anchor(uint8 who, uint8 what, uint16 wait) external {
        address submitter = address(uint160(1 + (who % 3)));
        bytes32 root = bytes32(uint256(1 + (what % 5)));
        vm.warp(block.timestamp + wait);
        vm.prank(submitter);
        registry.anchor(root);
        if (first[submitter][root] == 0) first[submitter][root] = uint64(block.timestamp);
        calls += 1;
        for (uint160 s = 1; s <= 3; ++s) {
            for (uint256 r = 1; r <= 5; ++r) {
                if (registry.anchoredAt(address(s), bytes32(r)) != first[address(s)][bytes32(r)]) changed = true;
            }
        }
    }
}

contract AnchorRegistryInvariantTest is Harness {
    AnchorHandler private handler;

    function setUp() public {
        vm.warp(1_795_414_102);
        handler = new AnchorHandler(new AnchorRegistry());
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_AnchoredTimeNeverChanges() public view {
        check(!handler.changed(), "an anchored time changed");
    }
}
