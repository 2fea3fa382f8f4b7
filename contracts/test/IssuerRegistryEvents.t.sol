// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IIssuerRegistry as I} from "../interfaces/IIssuerRegistry.sol";
import {Vm} from "./Harness.sol";
import {RegistryActions} from "./RegistryActions.sol";

/// @notice Knows nothing but the events, and answers what the registry answers.
contract EventFold {
    mapping(bytes32 id => I.Issuer issuer) private _issuers;
    mapping(bytes32 key => address requester) private _requests;
    mapping(bytes32 key => bool held) private _flags;

    error UnknownEvent(bytes32 topic);

    function getIssuer(bytes32 id) external view returns (I.Issuer memory) {
        return _issuers[id];
    }

    function requester(bytes32 id, bytes32 keyDigest, uint64 since) external view returns (address) {
        return _requests[keccak256(abi.encode(id, keyDigest, since))];
    }

    function mayAccredit(address delegate, string calldata credentialType) external view returns (bool) {
        return _flags[keccak256(abi.encode(delegate, keccak256(bytes(credentialType))))];
    }

    function hasRole(bytes32 role, address account) external view returns (bool) {
        return _flags[keccak256(abi.encode("role", role, account))];
    }

    function take(Vm.Log calldata log) external {
        bytes32 kind = log.topics[0];
        bytes32 second = log.topics.length > 2 ? log.topics[2] : bytes32(0);
        if (_accountEvent(kind, log.topics, log.data)) return;
        I.Issuer storage issuer = _issuers[log.topics[1]];
        if (kind == I.IssuerRegistered.selector) {
            issuer.exists = true;
            issuer.registrar = _address(second);
            issuer.did = abi.decode(log.data, (string));
        } else if (kind == I.NamesChanged.selector) {
            (issuer.nameKo, issuer.nameEn, issuer.url) = abi.decode(log.data, (string, string, string));
        } else if (kind == I.RegistrarChanged.selector) {
            issuer.registrar = _address(second);
        } else if (kind == I.ControllerChanged.selector) {
            issuer.controller = _address(second);
        } else if (kind == I.StatusChanged.selector) {
            (uint64 from, string memory successor) = abi.decode(log.data, (uint64, string));
            issuer.statusLog.push(I.StatusChange(I.IssuerStatus(uint256(second)), from, successor));
        } else if (kind == I.AccreditationChanged.selector) {
            _accreditation(issuer, log.data);
        } else if (kind == I.AnchorerChanged.selector) {
            _anchorer(issuer, _address(second), log.data);
        } else {
            _keyEvent(issuer, log.topics, log.data);
        }
    }

    function _keyEvent(I.Issuer storage issuer, bytes32[] calldata topics, bytes calldata data) private {
        uint64 time = abi.decode(data, (uint64));
        if (topics[0] == I.KeyAdded.selector) {
            issuer.keys.push(I.KeyEntry(topics[2], time, 0, 0));
            return;
        }
        if (topics[0] == I.CompromiseRequested.selector) {
            _requests[keccak256(abi.encode(topics[1], topics[2], time))] = _address(topics[3]);
            return;
        }
        uint256 i = 0;
        while (issuer.keys[i].digest != topics[2]) ++i;
        if (topics[0] == I.KeyRetired.selector) issuer.keys[i].until = time;
        else if (topics[0] == I.KeyCompromised.selector) issuer.keys[i].compromisedSince = time;
        else revert UnknownEvent(topics[0]);
    }

    /// The newest period of the type is meant, unless it has another start, or ended where it started.
    function _accreditation(I.Issuer storage issuer, bytes calldata data) private {
        (string memory type_, uint64 from, uint64 until) = abi.decode(data, (string, uint64, uint64));
        I.Accreditation[] storage periods = issuer.accreditations;
        for (uint256 i = periods.length; i > 0; --i) {
            I.Accreditation storage p = periods[i - 1];
            if (keccak256(bytes(p.credentialType)) != keccak256(bytes(type_))) continue;
            if (p.from != from || p.until == from) break;
            p.until = until;
            return;
        }
        periods.push(I.Accreditation(type_, from, until));
    }

    function _anchorer(I.Issuer storage issuer, address anchorer, bytes calldata data) private {
        (uint64 from, uint64 until) = abi.decode(data, (uint64, uint64));
        I.AnchorerGrant[] storage grants = issuer.anchorers;
        for (uint256 i = grants.length; i > 0; --i) {
            I.AnchorerGrant storage g = grants[i - 1];
            if (g.anchorer != anchorer) continue;
            if (g.from != from || g.until == from) break;
            g.until = until;
            return;
        }
        grants.push(I.AnchorerGrant(anchorer, from, until));
    }

    function _accountEvent(bytes32 kind, bytes32[] calldata topics, bytes calldata data) private returns (bool) {
        if (kind == IAccessControl.RoleGranted.selector || kind == IAccessControl.RoleRevoked.selector) {
            _flags[keccak256(abi.encode("role", topics[1], _address(topics[2])))] =
                kind == IAccessControl.RoleGranted.selector;
            return true;
        }
        if (kind == IAccessControl.RoleAdminChanged.selector) return true;
        if (kind == I.DelegateTypeChanged.selector) {
            (, bool allowed) = abi.decode(data, (string, bool));
            _flags[keccak256(abi.encode(_address(topics[1]), topics[2]))] = allowed;
            return true;
        }
        return false;
    }

    function _address(bytes32 topic) private pure returns (address) {
        return address(uint160(uint256(topic)));
    }
}

contract IssuerRegistryEventsTest is RegistryActions {
    /// Whatever happened, an index that reads the events alone knows what the registry knows.
    function testFuzz_EventsTellEverything(Step[60] calldata steps) public {
        vm.warp(1_795_414_102);
        EventFold fold = new EventFold();
        vm.recordLogs();
        _begin();
        for (uint256 i = 0; i < steps.length; ++i) {
            Step memory step = _mixed(steps[i]);
            _wait(step);
            bytes memory call_ = _call(step, _id(step.entry % 3));
            vm.prank(_actor(step));
            (bool done,) = address(registry).call(call_);
            if (done) _remember(step, call_);
        }
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            fold.take(logs[i]);
        }
        for (uint256 i = 0; i < dids.length; ++i) {
            bytes memory known = abi.encode(fold.getIssuer(_id(i)));
            check(keccak256(known) == keccak256(abi.encode(registry.getIssuer(_id(i)))), "entry");
        }
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == I.CompromiseRequested.selector) _checkRequest(fold, logs[i]);
        }
        _checkAccounts(fold);
    }

    /// Two periods may begin in one second, the first ended where it began.
    function test_PeriodThatEndedWhereItBeganIsToldFromTheNext() public {
        vm.warp(1_795_414_102);
        EventFold fold = new EventFold();
        vm.recordLogs();
        _begin();
        vm.startPrank(ACCREDITOR);
        registry.endAccreditation(_id(0), types[0], 0);
        registry.accredit(_id(0), types[0], 0);
        registry.endAnchorer(_id(0), anchorers[0], 0);
        registry.authorizeAnchorer(_id(0), anchorers[0]);
        vm.stopPrank();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            fold.take(logs[i]);
        }
        equal(fold.getIssuer(_id(0)).accreditations.length, 2, "accreditations");
        bytes memory known = abi.encode(fold.getIssuer(_id(0)));
        check(keccak256(known) == keccak256(abi.encode(registry.getIssuer(_id(0)))), "entry");
    }

    function _checkRequest(EventFold fold, Vm.Log memory log) private view {
        uint64 since = abi.decode(log.data, (uint64));
        address asked = registry.compromiseRequest(log.topics[1], log.topics[2], since);
        check(fold.requester(log.topics[1], log.topics[2], since) == asked, "request");
    }

    function _checkAccounts(EventFold fold) private view {
        bytes32[4] memory roles =
            [bytes32(0), registry.ACCREDITOR_ROLE(), registry.GUARDIAN_ROLE(), registry.DELEGATE_ROLE()];
        for (uint256 a = 0; a < actors.length; ++a) {
            for (uint256 r = 0; r < roles.length; ++r) {
                check(fold.hasRole(roles[r], actors[a]) == registry.hasRole(roles[r], actors[a]), "role");
            }
            for (uint256 t = 0; t < types.length; ++t) {
                bool may = registry.delegateMayAccredit(actors[a], types[t]);
                check(fold.mayAccredit(actors[a], types[t]) == may, "delegate's type");
            }
        }
    }
}
