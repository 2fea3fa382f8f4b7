// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {StatusRegistry} from "../StatusRegistry.sol";
import {IStatusRegistry} from "../interfaces/IStatusRegistry.sol";
import {IIssuerRegistry as I} from "../interfaces/IIssuerRegistry.sol";
import {Harness} from "./Harness.sol";
import {RegistryActions} from "./RegistryActions.sol";
import {TrustRules} from "./TrustRules.sol";

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

/// @notice Publishes as anybody, in the name of an institution that appoints and dismisses its anchorers.
contract StatusHandler is RegistryActions {
    struct Head {
        bytes32 root;
        uint64 since;
        uint64 heartbeat;
        uint64 sequence;
    }

    StatusRegistry private immutable _status;

    string public broken;

    constructor() {
        _begin();
        _status = new StatusRegistry();
    }

    /// Half of the steps publish; the others change who may speak for the institution.
    function act(Step calldata raw, uint8 root) external {
        Step memory step = _mixed(raw);
        _wait(step);
        if (step.what % 2 == 0) _publish(actors[step.who % actors.length], bytes32(uint256(1 + (root % 3))));
        else _appoint(step);
    }

    function _appoint(Step memory step) private {
        address anchorer = anchorers[step.which % 2];
        bytes memory call_ = abi.encodeCall(registry.authorizeAnchorer, (_id(0), anchorer));
        if (step.what % 8 == 3) call_ = abi.encodeCall(registry.endAnchorer, (_id(0), anchorer, 0));
        if (step.what % 32 == 5) call_ = abi.encodeCall(registry.setStatus, (_id(0), I.IssuerStatus.Closed, ""));
        if (step.what % 32 == 7) call_ = abi.encodeCall(registry.setStatus, (_id(0), I.IssuerStatus.Active, ""));
        vm.prank(ACCREDITOR);
        (bool done,) = address(registry).call(call_);
        done;
    }

    function _publish(address publisher, bytes32 root) private {
        I.Issuer memory issuer = registry.getIssuer(_id(0));
        bytes32[] memory spoken = _spoken(issuer);
        Head[] memory heads = _heads();
        vm.prank(publisher);
        _status.publish(root);
        Head[] memory now_ = _heads();
        for (uint256 i = 0; i < actors.length; ++i) {
            bool own = actors[i] == publisher;
            if (!own && keccak256(abi.encode(heads[i])) != keccak256(abi.encode(now_[i]))) {
                broken = "published for another";
            }
            if (own) _compareVersions(heads[i], now_[i]);
        }
        bool may = TrustRules.anchorerAt(issuer, publisher, uint64(block.timestamp));
        bytes32[] memory after_ = _spoken(issuer);
        if (!may && keccak256(abi.encode(spoken)) != keccak256(abi.encode(after_))) {
            for (uint256 i = 0; i < after_.length; ++i) {
                if (after_[i] != 0 && after_[i] != spoken[i]) broken = "published by no anchorer";
            }
        }
    }

    function _compareVersions(Head memory a, Head memory b) private {
        bool same = a.root == b.root;
        if (b.since < a.since || b.heartbeat < a.heartbeat || b.heartbeat != block.timestamp) broken = "went back";
        if (b.sequence != a.sequence + (same ? 0 : 1)) broken = "version miscounted";
        if (b.since != (same ? a.since : block.timestamp)) broken = "since";
    }

    function _heads() private view returns (Head[] memory heads) {
        heads = new Head[](actors.length);
        for (uint256 i = 0; i < heads.length; ++i) {
            (bytes32 root, uint64 since, uint64 heartbeat, uint64 sequence) = _status.latest(actors[i]);
            heads[i] = Head(root, since, heartbeat, sequence);
        }
    }

    /// The roots that a verifier takes for the institution's, by account; 0 where it takes none.
    function _spoken(I.Issuer memory issuer) private view returns (bytes32[] memory roots) {
        roots = new bytes32[](actors.length);
        for (uint256 i = 0; i < roots.length; ++i) {
            (bytes32 root, uint64 since,,) = _status.latest(actors[i]);
            if (TrustRules.publisherAt(issuer, actors[i], uint64(block.timestamp), since)) roots[i] = root;
        }
    }
}

contract StatusRegistryInvariantTest is Harness {
    StatusHandler private handler;

    function setUp() public {
        vm.warp(1_795_414_102);
        handler = new StatusHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        return only(address(handler), handler.act.selector);
    }

    function invariant_OnlyAnAnchorerPublishesAndVersionsGoForward() public view {
        equal(handler.broken(), "", handler.broken());
    }
}
