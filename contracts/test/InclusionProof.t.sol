// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../AnchorRegistry.sol";
import {Harness} from "./Harness.sol";
import {Rfc9162} from "./Rfc9162.sol";

/// @notice The vectors that hold digital_resume/core/anchoring/merkle.py hold the contract too.
contract InclusionVectorTest is Harness {
    function test_SharedVectorsHold() public {
        AnchorRegistry registry = new AnchorRegistry();
        string memory json = vm.readFile("tests/vectors/inclusion.json");
        uint256 count = 0;
        string memory item = ".cases[0]";
        while (vm.keyExistsJson(json, item)) {
            bool holds = registry.verify(
                vm.parseJsonBytes32(json, string.concat(item, ".root")),
                vm.parseJsonBytes32(json, string.concat(item, ".leaf")),
                uint64(vm.parseJsonUint(json, string.concat(item, ".index"))),
                uint64(vm.parseJsonUint(json, string.concat(item, ".size"))),
                vm.parseJsonBytes32Array(json, string.concat(item, ".proof"))
            );
            check(
                holds == vm.parseJsonBool(json, string.concat(item, ".holds")),
                vm.parseJsonString(json, string.concat(item, ".name"))
            );
            count += 1;
            item = string.concat(".cases[", vm.toString(count), "]");
        }
        check(count >= 62, "vectors were read");
    }
}

/// @notice Random trees: what is right holds, and whatever is changed does not.
contract InclusionProofTest is Harness {
    AnchorRegistry private registry;

    struct Proof {
        bytes32 root;
        bytes32 leaf;
        uint64 index;
        uint64 size;
        bytes32[] path;
    }

    function setUp() public {
        registry = new AnchorRegistry();
        vm.warp(1_795_414_102);
    }

    function testFuzz_EveryLeafHolds(uint16 size, uint16 index, bytes32 seed) public view {
        check(_holds(_proof(size, index, seed)), "proof holds");
    }

    function testFuzz_ChangedByteFails(uint16 size, uint16 index, bytes32 seed, uint16 where, uint8 change)
        public
        view
    {
        vm.assume(change != 0);
        Proof memory p = _proof(size, index, seed);
        uint256 byte_ = where % (64 + 32 * p.path.length);
        bytes32 mask = bytes32(uint256(change) << (8 * (byte_ % 32)));
        if (byte_ < 32) p.root ^= mask;
        else if (byte_ < 64) p.leaf ^= mask;
        else p.path[byte_ / 32 - 2] ^= mask;
        check(!_holds(p), "one byte is another");
    }

    function testFuzz_OtherIndexFails(uint16 size, uint16 index, bytes32 seed, uint64 other, bool near)
        public
        view
    {
        Proof memory p = _proof(size, index, seed);
        if (near) other %= p.size + 1;
        vm.assume(other != p.index);
        p.index = other;
        check(!_holds(p), "other index");
    }

    /// A root does not commit to the size: another one holds just where it gives the leaf the same turns.
    function testFuzz_OtherSizeHoldsOnlyWithTheSameTurns(
        uint16 size,
        uint16 index,
        bytes32 seed,
        uint64 other,
        bool near
    ) public view {
        Proof memory p = _proof(size, index, seed);
        bytes memory turns = Rfc9162.turns(p.index, p.size);
        if (near) other %= 2 * p.size;
        p.size = other;
        bool same = p.index < other && other < 1 << 20
            && keccak256(Rfc9162.turns(p.index, other)) == keccak256(turns);
        check(_holds(p) == same, "other size");
    }

    function testFuzz_LongerPathFails(uint16 size, uint16 index, bytes32 seed, uint8 where, bytes32 more)
        public
        view
    {
        Proof memory p = _proof(size, index, seed);
        uint256 place = where % (p.path.length + 1);
        bytes32[] memory longer = new bytes32[](p.path.length + 1);
        for (uint256 i = 0; i < longer.length; ++i) {
            longer[i] = i == place ? more : p.path[i < place ? i : i - 1];
        }
        p.path = longer;
        check(!_holds(p), "longer path");
    }

    /// A path that goes on where the tree has ended leads nowhere, even if it is given a root that it reaches.
    function testFuzz_PathBeyondTheRootFails(uint16 size, uint16 index, bytes32 seed, bytes32 more, bool left)
        public
        view
    {
        Proof memory p = _proof(size, index, seed);
        bytes32[] memory longer = new bytes32[](p.path.length + 1);
        for (uint256 i = 0; i < p.path.length; ++i) {
            longer[i] = p.path[i];
        }
        longer[p.path.length] = more;
        p.path = longer;
        p.root = left
            ? sha256(abi.encodePacked(bytes1(0x01), more, p.root))
            : sha256(abi.encodePacked(bytes1(0x01), p.root, more));
        check(!_holds(p), "beyond the root");
    }

    function testFuzz_ShorterPathFails(uint16 size, uint16 index, bytes32 seed, uint8 where) public view {
        Proof memory p = _proof(size, index, seed);
        vm.assume(p.size > 1);
        uint256 place = where % p.path.length;
        bytes32[] memory shorter = new bytes32[](p.path.length - 1);
        for (uint256 i = 0; i < shorter.length; ++i) {
            shorter[i] = p.path[i < place ? i : i + 1];
        }
        p.path = shorter;
        check(!_holds(p), "shorter path");
    }

    function testFuzz_NothingMadeUpHoldsOrReverts(Proof calldata p) external view {
        vm.assume(p.path.length != 0 || p.root != p.leaf);
        check(!registry.verify(p.root, p.leaf, p.index, p.size, p.path), "made up");
    }

    function test_GreatestTreeIsWalkedInSixtyFourSteps() public view {
        bytes32 root = bytes32(0);
        bytes32[] memory path = new bytes32[](64);
        for (uint256 i = 0; i < 64; ++i) {
            root = sha256(abi.encodePacked(bytes1(0x01), root, path[i]));
        }
        check(registry.verify(root, bytes32(0), 0, type(uint64).max, path), "64 nodes");
    }

    function test_EmptyTreeHasNoLeaf() public view {
        check(!registry.verify(bytes32(0), bytes32(0), 0, 0, new bytes32[](0)), "empty tree");
    }

    function testFuzz_AnchoredTimeIsGivenForAProofThatHolds(uint16 size, uint16 index, bytes32 seed, address who)
        public
    {
        Proof memory p = _proof(size, index, seed);
        equal(_anchored(who, p), 0, "not anchored yet");
        vm.prank(who);
        registry.anchor(p.root);
        vm.warp(block.timestamp + 100);
        equal(_anchored(who, p), 1_795_414_102, "anchored");
        equal(_anchored(address(uint160(who) ^ 1), p), 0, "another submitter");
        p.leaf = ~p.leaf;
        equal(_anchored(who, p), 0, "another leaf");
    }

    function _holds(Proof memory p) private view returns (bool) {
        return registry.verify(p.root, p.leaf, p.index, p.size, p.path);
    }

    function _anchored(address who, Proof memory p) private view returns (uint64) {
        return registry.verifyAnchored(who, p.root, p.leaf, p.index, p.size, p.path);
    }

    function _proof(uint16 rawSize, uint16 rawIndex, bytes32 seed) private pure returns (Proof memory) {
        uint256 size = bound(rawSize, 1, 140);
        uint256 index = bound(rawIndex, 0, size - 1);
        bytes32[] memory leaves = Rfc9162.leaves(size, seed);
        return Proof({
            root: Rfc9162.root(leaves),
            leaf: leaves[index],
            index: uint64(index),
            size: uint64(size),
            path: Rfc9162.path(leaves, index)
        });
    }
}
