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

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        return only(address(handler), handler.anchor.selector);
    }

    function invariant_AnchoredTimeNeverChanges() public view {
        check(!handler.changed(), "an anchored time changed");
    }
}
