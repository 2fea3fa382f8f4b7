// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StatusRegistry} from "../StatusRegistry.sol";
import {IStatusRegistry} from "../interfaces/IStatusRegistry.sol";
import {Harness} from "./Harness.sol";

contract StatusRegistryTest is Harness {
    StatusRegistry private registry;

    function setUp() public {
        registry = new StatusRegistry();
        vm.warp(1_795_414_102);
    }

    function test_NothingPublishedIsZero() public view {
        (bytes32 root, uint64 since, uint64 heartbeat, uint64 sequence) = registry.latest(address(this));
        check(root == 0 && since == 0 && heartbeat == 0 && sequence == 0, "zero");
    }

    function test_ZeroRootIsRefused() public {
        vm.expectRevert(abi.encodeWithSelector(IStatusRegistry.StatusRegistryZeroRoot.selector));
        registry.publish(bytes32(0));
    }

    function testFuzz_ChangeMovesSequence(bytes32 one, bytes32 other, uint32 wait) public {
        vm.assume(one != 0 && other != 0 && one != other);
        registry.publish(one);
        vm.warp(block.timestamp + wait);
        vm.expectEmit(true, true, false, true, address(registry));
        emit IStatusRegistry.StatusPublished(address(this), other, 2, uint64(block.timestamp));
        registry.publish(other);
        (bytes32 root, uint64 since, uint64 heartbeat, uint64 sequence) = registry.latest(address(this));
        equal(root, other, "root");
        equal(since, block.timestamp, "since");
        equal(heartbeat, block.timestamp, "heartbeat");
        equal(sequence, 2, "sequence");
    }

    function testFuzz_RepeatMovesHeartbeatOnly(bytes32 one, uint32 wait) public {
        vm.assume(one != 0);
        uint256 start = block.timestamp;
        registry.publish(one);
        vm.warp(block.timestamp + wait);
        vm.expectEmit(true, true, false, true, address(registry));
        emit IStatusRegistry.StatusHeartbeat(address(this), one, 1, uint64(block.timestamp));
        registry.publish(one);
        (bytes32 root, uint64 since, uint64 heartbeat, uint64 sequence) = registry.latest(address(this));
        equal(root, one, "root");
        equal(since, start, "since");
        equal(heartbeat, block.timestamp, "heartbeat");
        equal(sequence, 1, "sequence");
    }

    function test_EarlierRootComesBackAsNewVersion() public {
        registry.publish(bytes32(uint256(1)));
        registry.publish(bytes32(uint256(2)));
        registry.publish(bytes32(uint256(1)));
        (,,, uint64 sequence) = registry.latest(address(this));
        equal(sequence, 3, "sequence");
    }

    function testFuzz_SubmittersDoNotTouchEachOther(address other, bytes32 root) public {
        vm.assume(root != 0 && other != address(this));
        registry.publish(bytes32(uint256(1)));
        vm.prank(other);
        registry.publish(root);
        (bytes32 own,,, uint64 sequence) = registry.latest(address(this));
        equal(own, bytes32(uint256(1)), "root");
        equal(sequence, 1, "sequence");
    }
}

/// @notice Publishes as several submitters and watches that versions only go forward.
contract StatusHandler is Harness {
    StatusRegistry public immutable registry;
    bool public wentBack;

    constructor(StatusRegistry registry_) {
        registry = registry_;
    }

    function publish(uint8 who, uint8 what, uint16 wait) external {
        address submitter = address(uint160(1 + (who % 2)));
        vm.warp(block.timestamp + wait);
        (bytes32 root, uint64 since, uint64 heartbeat, uint64 sequence) = registry.latest(submitter);
        vm.prank(submitter);
        registry.publish(bytes32(uint256(1 + (what % 3))));
        (bytes32 newRoot, uint64 newSince, uint64 newHeartbeat, uint64 newSequence) = registry.latest(submitter);
        bool same = newRoot == root;
        if (newSince < since || newHeartbeat < heartbeat || newHeartbeat != block.timestamp) wentBack = true;
        if (newSequence != sequence + (same ? 0 : 1)) wentBack = true;
        if (same && newSince != since) wentBack = true;
    }
}

contract StatusRegistryInvariantTest is Harness {
    StatusHandler private handler;

    function setUp() public {
        vm.warp(1_795_414_102);
        handler = new StatusHandler(new StatusRegistry());
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_VersionsGoForward() public view {
        check(!handler.wentBack(), "a version went back");
    }
}
