// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIssuerRegistry as I} from "../interfaces/IIssuerRegistry.sol";
import {Harness} from "./Harness.sol";
import {RegistryActions} from "./RegistryActions.sol";
import {TrustRules} from "./TrustRules.sol";

/// @notice Does anything that anybody may try, and compares every entry before and after.
/// @dev A failed comparison is remembered, not reverted: a revert would undo it.
contract IssuerRegistryHandler is RegistryActions {
    uint256 private constant ENTRIES = 3;

    /// What an account may do with an entry, before the step.
    struct Standing {
        bool accreditor;
        bool ofEntry;
        bool mayEndOrRevoke;
        bool guardian;
        bool[2] types;
    }

    uint64[6] private moments;
    uint256 private nextMoment;

    string public madeTrue;
    string public madeFalse;
    string public unauthorised;
    string public rewritten;

    constructor() {
        _begin();
    }

    function act(Step calldata raw) external {
        Step memory step = _mixed(raw);
        uint64 before = uint64(block.timestamp);
        _wait(step);
        if (before < block.timestamp) moments[nextMoment++ % moments.length] = before;
        address actor = _actor(step);
        uint256 chosen = step.entry < 130 ? 0 : step.entry < 220 ? 1 : 2;
        I.Issuer[] memory old = new I.Issuer[](ENTRIES);
        for (uint256 i = 0; i < ENTRIES; ++i) {
            old[i] = registry.getIssuer(_id(i));
        }
        Standing memory standing = _standing(old[chosen], actor);
        bytes memory call_ = _call(step, _id(chosen));
        vm.prank(actor);
        (bool done,) = address(registry).call(call_);
        if (!done) return;
        _remember(step, call_);
        bool registering = bytes4(call_) == registry.registerIssuer.selector;
        for (uint256 i = 0; i < ENTRIES; ++i) {
            I.Issuer memory now_ = registry.getIssuer(_id(i));
            if (_same(old[i], now_)) continue;
            _compareVerdicts(old[i], now_, step.time);
            _compareLogs(old[i], now_);
            if (registering && !old[i].exists) continue;
            if (!registering && i == chosen) _compareAuthority(old[i], now_, standing, actor);
            else unauthorised = "another entry changed";
        }
    }

    function _standing(I.Issuer memory entry, address actor) private view returns (Standing memory s) {
        s.accreditor = registry.hasRole(registry.ACCREDITOR_ROLE(), actor);
        s.guardian = registry.hasRole(registry.GUARDIAN_ROLE(), actor);
        s.ofEntry = s.accreditor
            || (registry.hasRole(registry.DELEGATE_ROLE(), actor) && entry.registrar == actor);
        s.mayEndOrRevoke = s.ofEntry || entry.controller == actor;
        for (uint256 i = 0; i < 2; ++i) {
            s.types[i] = s.accreditor || registry.delegateMayAccredit(actor, types[i]);
        }
    }

    /// No transaction at time t makes a credential anchored before t newly acceptable, and nothing but a report
    /// of compromise makes one unacceptable.
    function _compareVerdicts(I.Issuer memory a, I.Issuer memory b, uint256 seed) private {
        for (uint256 m = 0; m < moments.length; ++m) {
            uint64 other = moments[seed % moments.length];
            if (moments[m] == 0 || moments[m] >= block.timestamp || other >= block.timestamp) continue;
            for (uint256 combination = 0; combination < 16; ++combination) {
                TrustRules.Credential memory credential = _credential(combination, moments[m], other);
                bool was = TrustRules.accepted(a, credential);
                bool is_ = TrustRules.accepted(b, credential);
                if (is_ && !was) madeTrue = "newly acceptable";
                if (was && !is_ && _since(a, credential.keyDigest) == _since(b, credential.keyDigest)) {
                    madeFalse = "no longer acceptable";
                }
            }
        }
    }

    function _since(I.Issuer memory issuer, bytes32 digest) private pure returns (uint64 since) {
        for (uint256 i = 0; i < issuer.keys.length; ++i) {
            if (issuer.keys[i].digest == digest) since = issuer.keys[i].compromisedSince;
        }
    }

    /// One of either type, key and anchorer; half of them anchored by the other anchorer too, at another time.
    function _credential(uint256 combination, uint64 moment, uint64 other)
        private
        view
        returns (TrustRules.Credential memory c)
    {
        c.credentialType = types[combination & 1];
        c.keyDigest = keys[(combination >> 1) & 1];
        uint256 first = (combination >> 2) & 1;
        bool twice = combination >> 3 == 1 && other != 0;
        c.anchors = new TrustRules.Anchor[](twice ? 2 : 1);
        c.anchors[0] = TrustRules.Anchor(anchorers[first], moment);
        if (twice) c.anchors[1] = TrustRules.Anchor(anchorers[1 - first], other);
    }

    function _compareLogs(I.Issuer memory a, I.Issuer memory b) private {
        if (a.exists && !b.exists) rewritten = "entry vanished";
        if (b.keys.length < a.keys.length) rewritten = "key log shrank";
        for (uint256 i = 1; i < b.keys.length; ++i) {
            if (b.keys[i].digest == b.keys[0].digest) rewritten = "key entered twice";
        }
        for (uint256 i = 0; i < a.keys.length && i < b.keys.length; ++i) {
            I.KeyEntry memory old = a.keys[i];
            I.KeyEntry memory key = b.keys[i];
            if (old.digest != key.digest || old.from != key.from) rewritten = "key changed";
            if (old.until != 0 && (key.until == 0 || key.until > old.until)) rewritten = "key's end moved later";
            uint64 since = old.compromisedSince;
            if (since != 0 && (key.compromisedSince == 0 || key.compromisedSince > since)) {
                rewritten = "since moved later";
            }
        }
        if (b.statusLog.length < a.statusLog.length) rewritten = "status log shrank";
        for (uint256 i = 0; i < a.statusLog.length && i < b.statusLog.length; ++i) {
            if (keccak256(abi.encode(a.statusLog[i])) != keccak256(abi.encode(b.statusLog[i]))) {
                rewritten = "status rewritten";
            }
        }
    }

    function _compareAuthority(I.Issuer memory a, I.Issuer memory b, Standing memory s, address actor) private {
        bool accreditations = !_same(abi.encode(a.accreditations), abi.encode(b.accreditations));
        if (accreditations && !s.ofEntry) unauthorised = "accreditation changed";
        for (uint256 i = a.accreditations.length; i < b.accreditations.length; ++i) {
            bool second = _same(bytes(b.accreditations[i].credentialType), bytes(types[1]));
            if (!s.types[second ? 1 : 0]) unauthorised = "accredited for a type not given";
        }
        bool names = !_same(abi.encode(a.nameKo, a.nameEn, a.url), abi.encode(b.nameKo, b.nameEn, b.url));
        if (names && !s.ofEntry) unauthorised = "names changed";
        if (a.keys.length != b.keys.length && !s.ofEntry) unauthorised = "key added";
        if (a.anchorers.length != b.anchorers.length && !s.ofEntry) unauthorised = "anchorer added";
        if (a.controller != b.controller && !s.ofEntry) unauthorised = "controller changed";
        if (a.registrar != b.registrar && !s.accreditor) unauthorised = "registrar changed";
        for (uint256 i = 0; i < a.keys.length && i < b.keys.length; ++i) {
            if (a.keys[i].until != b.keys[i].until && !s.mayEndOrRevoke) unauthorised = "key retired";
            bool reported = a.keys[i].compromisedSince != b.keys[i].compromisedSince;
            if (reported && !s.mayEndOrRevoke && !s.guardian) unauthorised = "compromise reported";
        }
        if (a.statusLog.length == b.statusLog.length) return;
        I.IssuerStatus status = b.statusLog[b.statusLog.length - 1].status;
        bool may = s.accreditor || (s.ofEntry && status != I.IssuerStatus.Active)
            || (s.guardian && status == I.IssuerStatus.Suspended);
        if (!may) unauthorised = string.concat("standing changed by ", vm.toString(uint256(uint160(actor))));
    }

    function _same(I.Issuer memory a, I.Issuer memory b) private pure returns (bool) {
        return _same(abi.encode(a), abi.encode(b));
    }

    function _same(bytes memory a, bytes memory b) private pure returns (bool) {
        return keccak256(a) == keccak256(b);
    }
}

contract IssuerRegistryInvariantTest is Harness {
    IssuerRegistryHandler private handler;

    function setUp() public {
        vm.warp(1_795_414_102);
        handler = new IssuerRegistryHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        return only(address(handler), handler.act.selector);
    }

    /// forge-config: default.invariant.depth = 256
    function invariant_EntriesAreChangedByTheRulesOnly() public view {
        equal(handler.madeTrue(), "", handler.madeTrue());
        equal(handler.madeFalse(), "", handler.madeFalse());
        equal(handler.unauthorised(), "", handler.unauthorised());
        equal(handler.rewritten(), "", handler.rewritten());
    }
}
