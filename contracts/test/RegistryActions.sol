// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerRegistry} from "../IssuerRegistry.sol";
import {IIssuerRegistry as I} from "../interfaces/IIssuerRegistry.sol";
import {Harness} from "./Harness.sol";

/// @notice Everything that anybody may try on a small registry, chosen by random numbers.
abstract contract RegistryActions is Harness {
    struct Step {
        uint8 what;
        uint8 who;
        uint8 which;
        uint8 entry;
        uint32 time;
        uint24 wait;
    }

    uint64 internal constant DAY = 24 hours;
    address internal constant ADMIN = address(0xA0);
    address internal constant ACCREDITOR = address(0xA1);
    address internal constant GUARDIAN = address(0xA2);
    address internal constant DELEGATE = address(0xA4);
    address internal constant CONTROLLER = address(0xA5);

    IssuerRegistry internal registry;
    address[8] internal actors =
        [ADMIN, ACCREDITOR, GUARDIAN, address(0xA3), DELEGATE, CONTROLLER, address(0xB0), address(0xB1)];
    uint64[2] private asked;
    uint256 private nextAsked;
    string[3] internal dids = ["did:web:univ.example", "did:web:small.example", "did:web:late.example"];
    string[2] internal types = ["UniversityDegree", "EmploymentRecord"];
    address[2] internal anchorers = [address(0xB0), address(0xB1)];
    bytes32[2] internal keys = [keccak256("key 0"), keccak256("key 1")];

    /// One entry of an accreditor, one of a delegate that may accredit for one of two types.
    function _begin() internal {
        registry = new IssuerRegistry(ADMIN, ACCREDITOR, GUARDIAN);
        bytes32 guardianRole = registry.GUARDIAN_ROLE();
        bytes32 delegateRole = registry.DELEGATE_ROLE();
        vm.prank(ADMIN);
        registry.grantRole(guardianRole, address(0xA3));
        vm.startPrank(ACCREDITOR);
        registry.grantRole(delegateRole, DELEGATE);
        registry.setDelegateType(DELEGATE, types[1], true);
        registry.registerIssuer(dids[0], "x", "x", "https://x.example");
        registry.setController(_id(0), CONTROLLER);
        registry.accredit(_id(0), types[0], 0);
        registry.addKey(_id(0), keys[0], 0);
        registry.authorizeAnchorer(_id(0), anchorers[0]);
        vm.stopPrank();
        vm.prank(DELEGATE);
        registry.registerIssuer(dids[1], "y", "y", "https://y.example");
    }

    /// A fuzzer likes some numbers more than others; here every action is to come as often as another.
    function _mixed(Step calldata raw) internal pure returns (Step memory) {
        uint256 seed = uint256(keccak256(abi.encode(raw)));
        return Step(
            uint8(seed), uint8(seed >> 8), uint8(seed >> 16), uint8(seed >> 24), uint32(seed >> 32), uint24(seed >> 64)
        );
    }

    function _id(uint256 entry) internal view returns (bytes32) {
        return keccak256(bytes(dids[entry]));
    }

    /// An accreditor for half of the calls, a delegate for an eighth, and often a guardian where only one may, so
    /// that something happens.
    function _actor(Step memory step) internal view returns (address) {
        if (step.what % 30 == 22) return GUARDIAN;
        if (step.who % 8 == 1) return DELEGATE;
        return step.who % 2 == 0 ? ACCREDITOR : actors[(step.who / 2) % actors.length];
    }

    /// The first of a list for half of the steps: what happens once is dull.
    function _which(Step memory step) private pure returns (uint256) {
        return step.which % 4 < 2 ? 0 : step.which % 2;
    }

    /// Three days either way, or thirty, or 0, which means now or never. Half days, so that a time is met again.
    function _around(Step memory step) internal view returns (uint64) {
        if (step.time % 4 == 0) return 0;
        uint64 reach = step.time % 4 == 1 ? 30 * DAY : 3 * DAY;
        uint64 time = uint64(block.timestamp) + uint64(step.time % (2 * reach)) - reach;
        return time - time % (DAY / 2);
    }

    /// Remember what was asked of the guardians, so that they may confirm it.
    function _remember(Step memory step, bytes memory call_) internal {
        uint64 since = _around(step);
        if (bytes4(call_) != registry.reportCompromise.selector || since + DAY >= block.timestamp) return;
        asked[nextAsked++ % 2] = since;
    }

    /// A third of the steps falls into the second of the one before.
    function _wait(Step memory step) internal {
        if (step.wait % 3 != 0) vm.warp(block.timestamp + 1 + step.wait % DAY);
    }

    function _call(Step memory step, bytes32 id) internal view returns (bytes memory) {
        uint256 action = step.what % 30;
        uint64 time = _around(step);
        uint256 which = _which(step);
        if (action < 2) return abi.encodeCall(registry.accredit, (id, types[which], time));
        if (action == 2) return abi.encodeCall(registry.endAccreditation, (id, types[which], time));
        if (action < 5) return abi.encodeCall(registry.authorizeAnchorer, (id, anchorers[which]));
        if (action == 5) return abi.encodeCall(registry.endAnchorer, (id, anchorers[which], time));
        if (action < 8) return abi.encodeCall(registry.addKey, (id, keys[which], time));
        if (action == 8 || action > 23) return abi.encodeCall(registry.retireKey, (id, keys[which], time));
        if (action == 9 || action == 20 || action == 21) {
            return abi.encodeCall(registry.reportCompromise, (id, keys[which], time));
        }
        if (action == 10 || action == 22 || action == 23) {
            return abi.encodeCall(registry.confirmCompromise, (id, keys[which], asked[step.time % 2]));
        }
        if (action == 11) return abi.encodeCall(registry.setNames, (id, "z", "z", "https://z.example"));
        if (action < 14) return _statusCall(step, id);
        return _accountCall(step, id, action);
    }

    function _statusCall(Step memory step, bytes32 id) private view returns (bytes memory) {
        I.IssuerStatus status = I.IssuerStatus(step.time % 4);
        string memory successor = status == I.IssuerStatus.Merged ? dids[step.which % 3] : "";
        return abi.encodeCall(registry.setStatus, (id, status, successor));
    }

    function _accountCall(Step memory step, bytes32 id, uint256 action) private view returns (bytes memory) {
        address account = actors[step.which % actors.length];
        if (action == 14) return abi.encodeCall(registry.setController, (id, account));
        if (action == 15) return abi.encodeCall(registry.setRegistrar, (id, account));
        if (action == 16) {
            string memory type_ = types[step.time % 2];
            return abi.encodeCall(registry.setDelegateType, (account, type_, step.time % 3 != 0));
        }
        if (action == 17) {
            string memory did = dids[step.which % 3];
            return abi.encodeCall(registry.registerIssuer, (did, "n", "n", "https://n.example"));
        }
        bytes32 role = [registry.DELEGATE_ROLE(), registry.GUARDIAN_ROLE()][step.time % 2];
        return action == 18
            ? abi.encodeCall(registry.grantRole, (role, account))
            : abi.encodeCall(registry.revokeRole, (role, account));
    }
}
