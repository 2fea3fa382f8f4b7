// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerRegistry} from "../IssuerRegistry.sol";
import {IIssuerRegistry as I} from "../interfaces/IIssuerRegistry.sol";
import {Harness} from "./Harness.sol";
import {IssuerRegistryFixture} from "./IssuerRegistry.t.sol";

/// @notice Does anything that anybody may try, and compares before and after.
/// @dev A failed comparison is remembered, not reverted: a revert would undo it.
contract IssuerRegistryHandler is Harness {
    uint64 private constant DAY = 24 hours;

    IssuerRegistry private immutable registry;
    bytes32 private immutable id;
    address private immutable accreditor;
    address[6] private actors;
    string[2] private types = ["UniversityDegree", "AcademicTranscript"];
    address[2] private anchorers = [address(0xB0), address(0xB1)];
    bytes32[2] private keys = [keccak256("key 0"), keccak256("key 1")];
    uint64[8] private moments;
    uint256 private nextMoment;

    string public broken;
    uint256 public accepted;

    constructor(IssuerRegistry registry_, bytes32 id_, address accreditor_, address[6] memory actors_) {
        registry = registry_;
        id = id_;
        accreditor = accreditor_;
        actors = actors_;
    }

    /// @param what which action
    /// @param who which account, for half of the calls an accreditor, so that something happens
    /// @param which which type, anchorer or key
    /// @param time a time around now, or 0
    /// @param wait seconds until the block
    function act(uint8 what, uint8 who, uint8 which, uint32 time, uint24 wait) external {
        moments[nextMoment++ % moments.length] = uint64(block.timestamp);
        vm.warp(block.timestamp + 1 + wait % (2 * DAY));
        address actor = who % 2 == 0 ? accreditor : actors[(who / 2) % actors.length];
        uint64 around =
            time % 4 == 0 ? 0 : uint64(block.timestamp) + uint64(time % (6 * DAY)) - 3 * DAY;
        I.Issuer memory before = registry.getIssuer(id);
        vm.prank(actor);
        (bool done,) = address(registry).call(_call(what, which % 2, around));
        if (done) _compare(before, registry.getIssuer(id), actor);
    }

    function _call(uint8 what, uint8 which, uint64 time) private view returns (bytes memory) {
        uint8 action = what % 11;
        if (action == 0) return abi.encodeCall(registry.accredit, (id, types[which], time));
        if (action == 1) return abi.encodeCall(registry.endAccreditation, (id, types[which], time));
        if (action == 2) return abi.encodeCall(registry.authorizeAnchorer, (id, anchorers[which]));
        if (action == 3) return abi.encodeCall(registry.endAnchorer, (id, anchorers[which], time));
        if (action == 4) return abi.encodeCall(registry.addKey, (id, keys[which], time));
        if (action == 5) return abi.encodeCall(registry.retireKey, (id, keys[which], time));
        if (action == 6) return abi.encodeCall(registry.reportCompromise, (id, keys[which], time));
        if (action == 7) return abi.encodeCall(registry.confirmCompromise, (id, keys[which], time));
        if (action == 8) return abi.encodeCall(registry.setNames, (id, "x", "y", "https://z.example"));
        I.IssuerStatus status = time % 2 == 0 ? I.IssuerStatus.Active : I.IssuerStatus.Suspended;
        return abi.encodeCall(registry.setStatus, (id, status, ""));
    }

    function _compare(I.Issuer memory a, I.Issuer memory b, address actor) private {
        for (uint256 m = 0; m < moments.length; ++m) {
            if (moments[m] == 0) continue;
            for (uint256 combination = 0; combination < 8; ++combination) {
                bool now_ = _acceptable(b, combination, moments[m]);
                if (now_) accepted += 1;
                if (now_ && !_acceptable(a, combination, moments[m])) broken = "newly acceptable";
            }
        }
        if (b.keys.length < a.keys.length || b.statusLog.length < a.statusLog.length) broken = "log shrank";
        for (uint256 i = 0; i < a.keys.length; ++i) {
            if (a.keys[i].digest != b.keys[i].digest || a.keys[i].from != b.keys[i].from) broken = "key changed";
            uint64 before = a.keys[i].compromisedSince;
            if (before != 0 && (b.keys[i].compromisedSince == 0 || b.keys[i].compromisedSince > before)) {
                broken = "since moved later";
            }
        }
        for (uint256 i = 0; i < a.statusLog.length; ++i) {
            if (a.statusLog[i].from != b.statusLog[i].from || a.statusLog[i].status != b.statusLog[i].status) {
                broken = "status rewritten";
            }
        }
        if (actor == accreditor) return;
        if (keccak256(abi.encode(a.accreditations)) != keccak256(abi.encode(b.accreditations))) {
            broken = "accredited by somebody else";
        }
        if (a.keys.length != b.keys.length) broken = "key added by somebody else";
        if (keccak256(abi.encode(a.nameKo, a.nameEn, a.url)) != keccak256(abi.encode(b.nameKo, b.nameEn, b.url))) {
            broken = "named by somebody else";
        }
    }

    /// The verifier's rule: would a credential of this type, anchorer and key, anchored then, be accepted?
    function _acceptable(I.Issuer memory issuer, uint256 combination, uint64 moment) private view returns (bool) {
        return _active(issuer, moment) && _accredited(issuer, types[combination & 1], moment)
            && _anchorer(issuer, anchorers[(combination >> 1) & 1], moment)
            && _keyGood(issuer, keys[(combination >> 2) & 1], moment);
    }

    function _active(I.Issuer memory issuer, uint64 moment) private pure returns (bool active) {
        for (uint256 i = 0; i < issuer.statusLog.length; ++i) {
            if (issuer.statusLog[i].from <= moment) active = issuer.statusLog[i].status == I.IssuerStatus.Active;
        }
    }

    function _accredited(I.Issuer memory issuer, string memory kind, uint64 moment) private pure returns (bool) {
        bytes32 wanted = keccak256(bytes(kind));
        for (uint256 i = 0; i < issuer.accreditations.length; ++i) {
            I.Accreditation memory p = issuer.accreditations[i];
            if (keccak256(bytes(p.credentialType)) == wanted && _covers(p.from, p.until, moment)) return true;
        }
        return false;
    }

    function _anchorer(I.Issuer memory issuer, address anchorer, uint64 moment) private pure returns (bool) {
        for (uint256 i = 0; i < issuer.anchorers.length; ++i) {
            I.AnchorerGrant memory g = issuer.anchorers[i];
            if (g.anchorer == anchorer && _covers(g.from, g.until, moment)) return true;
        }
        return false;
    }

    function _keyGood(I.Issuer memory issuer, bytes32 digest, uint64 moment) private pure returns (bool) {
        for (uint256 i = 0; i < issuer.keys.length; ++i) {
            I.KeyEntry memory k = issuer.keys[i];
            if (k.digest == digest && _covers(k.from, k.until, moment)) {
                return k.compromisedSince == 0 || moment < k.compromisedSince;
            }
        }
        return false;
    }

    function _covers(uint64 from, uint64 until, uint64 moment) private pure returns (bool) {
        return from <= moment && (until == 0 || moment < until);
    }
}

contract IssuerRegistryInvariantTest is IssuerRegistryFixture {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    IssuerRegistryHandler private handler;

    function setUp() public override {
        super.setUp();
        handler = new IssuerRegistryHandler(
            registry, ID, ACCREDITOR, [CONTROLLER, GUARDIAN, SECOND_GUARDIAN, DELEGATE, STRANGER, ADMIN]
        );
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0].addr = address(handler);
        targets[0].selectors = new bytes4[](1);
        targets[0].selectors[0] = handler.act.selector;
    }

    /// forge-config: default.invariant.depth = 128
    function invariant_NothingIsMadeTrueAfterwards() public view {
        equal(handler.broken(), "", handler.broken());
    }
}
