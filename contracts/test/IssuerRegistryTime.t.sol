// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IIssuerRegistry as I} from "../interfaces/IIssuerRegistry.sol";
import {IssuerRegistryFixture} from "./IssuerRegistry.t.sol";

contract IssuerRegistryPeriodTest is IssuerRegistryFixture {
    function test_AccreditationStartsNow() public {
        vm.expectEmit(true, true, false, true, address(registry));
        emit I.AccreditationChanged(ID, keccak256(bytes(DEGREE)), DEGREE, START, START + 100);
        vm.prank(ACCREDITOR);
        registry.accredit(ID, DEGREE, START + 100);
    }

    function testFuzz_AccreditationCannotEndInThePast(uint64 until) public {
        vm.assume(until != 0 && until <= START);
        _refused(abi.encodeWithSelector(I.IssuerRegistryTimeInPast.selector, until, START));
        vm.prank(ACCREDITOR);
        registry.accredit(ID, DEGREE, until);
    }

    function test_RunningPeriodIsExtendedOnly() public {
        vm.startPrank(ACCREDITOR);
        registry.accredit(ID, DEGREE, START + 100);
        registry.accredit(ID, DEGREE, START + 200);
        _refused(abi.encodeWithSelector(I.IssuerRegistryEndNotMoved.selector, START + 200, START + 150));
        registry.accredit(ID, DEGREE, START + 150);
        registry.accredit(ID, DEGREE, 0);
        _refused(abi.encodeWithSelector(I.IssuerRegistryEndNotMoved.selector, 0, START + 500));
        registry.accredit(ID, DEGREE, START + 500);
        vm.stopPrank();
        equal(registry.getIssuer(ID).accreditations.length, 1, "one period");
    }

    function testFuzz_EndedPeriodIsNeverExtended(uint32 wait) public {
        vm.startPrank(ACCREDITOR);
        registry.accredit(ID, DEGREE, START + 100);
        vm.warp(uint256(START) + 100 + wait);
        registry.accredit(ID, DEGREE, 0);
        vm.stopPrank();
        I.Accreditation[] memory periods = registry.getIssuer(ID).accreditations;
        equal(periods.length, 2, "periods");
        equal(periods[0].until, START + 100, "old end");
        equal(periods[1].from, START + 100 + wait, "new start");
    }

    function test_EndMovesEarlierAndNotIntoThePast() public {
        vm.startPrank(ACCREDITOR);
        registry.accredit(ID, DEGREE, 0);
        vm.warp(START + 10);
        _refused(abi.encodeWithSelector(I.IssuerRegistryTimeInPast.selector, START + 5, START + 10));
        registry.endAccreditation(ID, DEGREE, START + 5);
        registry.endAccreditation(ID, DEGREE, START + 100);
        _refused(abi.encodeWithSelector(I.IssuerRegistryEndNotMoved.selector, START + 100, START + 200));
        registry.endAccreditation(ID, DEGREE, START + 200);
        registry.endAccreditation(ID, DEGREE, 0);
        equal(registry.getIssuer(ID).accreditations[0].until, START + 10, "now");
        _refused(abi.encodeWithSelector(I.IssuerRegistryNoRunningPeriod.selector, ID));
        registry.endAccreditation(ID, DEGREE, 0);
        _refused(abi.encodeWithSelector(I.IssuerRegistryNoRunningPeriod.selector, ID));
        registry.endAccreditation(ID, "Unknown", 0);
        vm.stopPrank();
    }

    function test_OthersDoNotAccredit() public {
        address[3] memory others = [CONTROLLER, GUARDIAN, STRANGER];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.startPrank(others[i]);
            _notAllowed(others[i]);
            registry.accredit(ID, DEGREE, 0);
            _notAllowed(others[i]);
            registry.endAccreditation(ID, DEGREE, 0);
            _notAllowed(others[i]);
            registry.authorizeAnchorer(ID, others[i]);
            _notAllowed(others[i]);
            registry.addKey(ID, KEY, 0);
            _notAllowed(others[i]);
            registry.setController(ID, others[i]);
            vm.stopPrank();
        }
    }

    function test_AnchorerPeriods() public {
        vm.startPrank(ACCREDITOR);
        _refused(abi.encodeWithSelector(I.IssuerRegistryZeroAddress.selector));
        registry.authorizeAnchorer(ID, address(0));
        _refused(abi.encodeWithSelector(I.IssuerRegistryNoRunningPeriod.selector, ID));
        registry.endAnchorer(ID, ANCHORER, 0);
        registry.authorizeAnchorer(ID, ANCHORER);
        registry.endAnchorer(ID, ANCHORER, START + 100);
        registry.authorizeAnchorer(ID, ANCHORER);
        equal(registry.getIssuer(ID).anchorers[0].until, 0, "end taken away");
        vm.stopPrank();
        vm.warp(START + 50);
        vm.prank(GUARDIAN);
        registry.endAnchorer(ID, ANCHORER, 0);
        vm.prank(ACCREDITOR);
        registry.authorizeAnchorer(ID, ANCHORER);
        I.AnchorerGrant[] memory grants = registry.getIssuer(ID).anchorers;
        equal(grants.length, 2, "grants");
        equal(grants[0].until, START + 50, "first ended");
        equal(grants[1].from, START + 50, "second begins");
        vm.prank(CONTROLLER);
        registry.endAnchorer(ID, ANCHORER, 0);
        _notAllowed(STRANGER);
        vm.prank(STRANGER);
        registry.endAnchorer(ID, ANCHORER, 0);
    }

    function test_EntriesAreBounded() public {
        vm.startPrank(ACCREDITOR);
        for (uint256 i = 1; i <= 512; ++i) {
            registry.addKey(ID, bytes32(i), 0);
            registry.authorizeAnchorer(ID, address(uint160(i)));
            registry.accredit(ID, DEGREE, 0);
            registry.endAccreditation(ID, DEGREE, 0);
        }
        bytes memory error_ = abi.encodeWithSelector(I.IssuerRegistryTooMany.selector, 512);
        _refused(error_);
        registry.addKey(ID, bytes32(uint256(513)), 0);
        _refused(error_);
        registry.authorizeAnchorer(ID, address(uint160(513)));
        _refused(error_);
        registry.accredit(ID, DEGREE, 0);
        vm.stopPrank();
        equal(registry.getIssuer(ID).keys.length, 512, "still readable");
    }
}

contract IssuerRegistryKeyTest is IssuerRegistryFixture {
    uint64 private constant DAY = 24 hours;

    function setUp() public override {
        super.setUp();
        vm.prank(ACCREDITOR);
        registry.addKey(ID, KEY, 0);
    }

    function testFuzz_KeyNeverStartsInThePast(uint64 from) public {
        vm.assume(from != 0);
        if (from < START) _refused(abi.encodeWithSelector(I.IssuerRegistryTimeInPast.selector, from, START));
        vm.prank(ACCREDITOR);
        registry.addKey(ID, keccak256("next"), from);
        if (from >= START) equal(registry.getIssuer(ID).keys[1].from, from, "from");
    }

    function test_KeyIsAddedOnce() public {
        vm.startPrank(ACCREDITOR);
        registry.retireKey(ID, KEY, 0);
        _refused(abi.encodeWithSelector(I.IssuerRegistryKeyExists.selector, KEY));
        registry.addKey(ID, KEY, 0);
        _refused(abi.encodeWithSelector(I.IssuerRegistryZeroKey.selector));
        registry.addKey(ID, bytes32(0), 0);
        vm.stopPrank();
    }

    function test_ControllerRetiresKeys() public {
        vm.startPrank(CONTROLLER);
        vm.expectEmit(true, true, false, true, address(registry));
        emit I.KeyRetired(ID, KEY, START + 100);
        registry.retireKey(ID, KEY, START + 100);
        _refused(abi.encodeWithSelector(I.IssuerRegistryEndNotMoved.selector, START + 100, START + 101));
        registry.retireKey(ID, KEY, START + 101);
        registry.retireKey(ID, KEY, 0);
        _refused(abi.encodeWithSelector(I.IssuerRegistryNoRunningPeriod.selector, ID));
        registry.retireKey(ID, KEY, 0);
        _refused(abi.encodeWithSelector(I.IssuerRegistryUnknownKey.selector, keccak256("other")));
        registry.retireKey(ID, keccak256("other"), 0);
        vm.stopPrank();
    }

    function test_GuardianDoesNotRetireKeys() public {
        _notAllowed(GUARDIAN);
        vm.prank(GUARDIAN);
        registry.retireKey(ID, KEY, 0);
    }

    function test_KeyRetiredBeforeItBeganHasAnEmptyPeriod() public {
        bytes32 next = keccak256("next");
        vm.prank(ACCREDITOR);
        registry.addKey(ID, next, START + 1000);
        vm.prank(CONTROLLER);
        registry.retireKey(ID, next, 0);
        I.KeyEntry memory key = registry.getIssuer(ID).keys[1];
        check(key.from == START + 1000 && key.until == key.from, "empty period");
    }

    function test_ReportActsAtOnce() public {
        vm.warp(START + 2 * DAY);
        vm.expectEmit(true, true, true, true, address(registry));
        emit I.KeyCompromised(ID, KEY, START + DAY, CONTROLLER);
        vm.prank(CONTROLLER);
        registry.reportCompromise(ID, KEY, START + DAY);
        equal(_since(), START + DAY, "since");
    }

    function test_ReportOfTheFutureCountsAsNow() public {
        vm.prank(GUARDIAN);
        registry.reportCompromise(ID, KEY, type(uint64).max);
        equal(_since(), START, "now");
    }

    function test_ReportNeedsATimeAndAKey() public {
        vm.startPrank(CONTROLLER);
        _refused(abi.encodeWithSelector(I.IssuerRegistryZeroTime.selector));
        registry.reportCompromise(ID, KEY, 0);
        _refused(abi.encodeWithSelector(I.IssuerRegistryUnknownKey.selector, bytes32(0)));
        registry.reportCompromise(ID, bytes32(0), START);
        vm.stopPrank();
        _notAllowed(STRANGER);
        vm.prank(STRANGER);
        registry.reportCompromise(ID, KEY, START);
    }

    function testFuzz_EarlierThanADayIsClampedAndRecorded(uint64 since) public {
        uint64 time = START + 10 * DAY;
        vm.warp(time);
        since = uint64(bound(since, 1, time - DAY - 1));
        vm.prank(CONTROLLER);
        registry.reportCompromise(ID, KEY, since);
        equal(_since(), time - DAY, "clamped");
        check(registry.compromiseRequest(ID, KEY, since) == CONTROLLER, "recorded");
        vm.prank(GUARDIAN);
        registry.confirmCompromise(ID, KEY, since);
        equal(_since(), since, "confirmed");
    }

    function test_SinceOnlyMovesEarlier() public {
        vm.warp(START + 10 * DAY);
        vm.startPrank(ACCREDITOR);
        registry.reportCompromise(ID, KEY, START + 10 * DAY - 100);
        _refused(
            abi.encodeWithSelector(
                I.IssuerRegistrySinceNotEarlier.selector, START + 10 * DAY - 100, START + 10 * DAY - 100
            )
        );
        registry.reportCompromise(ID, KEY, START + 10 * DAY - 100);
        registry.reportCompromise(ID, KEY, START + 10 * DAY - 200);
        equal(_since(), START + 10 * DAY - 200, "earlier");
        vm.warp(START + 20 * DAY);
        // now the clamp lies after what holds: only the request is recorded
        registry.reportCompromise(ID, KEY, START);
        equal(_since(), START + 10 * DAY - 200, "unchanged");
        vm.stopPrank();
        vm.startPrank(GUARDIAN);
        registry.confirmCompromise(ID, KEY, START);
        equal(_since(), START, "confirmed");
        _refused(abi.encodeWithSelector(I.IssuerRegistrySinceNotEarlier.selector, START, START));
        registry.confirmCompromise(ID, KEY, START);
        vm.stopPrank();
    }

    /// Reports and confirmations in any order, later times asked for again after earlier ones among them.
    function testFuzz_SinceNeverMovesLater(uint8[12] calldata steps) public {
        uint64 time = START + 10 * DAY;
        vm.warp(time);
        uint64 before = type(uint64).max;
        for (uint256 i = 0; i < steps.length; ++i) {
            uint64 since = time - uint64(steps[i] / 2 % 8) * DAY;
            bytes memory call_ = steps[i] % 2 == 0
                ? abi.encodeCall(registry.reportCompromise, (ID, KEY, since))
                : abi.encodeCall(registry.confirmCompromise, (ID, KEY, since));
            vm.prank(steps[i] % 2 == 0 ? CONTROLLER : GUARDIAN);
            (bool done,) = address(registry).call(call_);
            uint64 found = _since();
            if (!done) equal(found, before == type(uint64).max ? 0 : before, "refused, so unchanged");
            if (found == 0) continue;
            check(found <= before, "moved later");
            before = found;
        }
    }

    function test_ConfirmationNeedsTheSameTimeAndAnotherAccount() public {
        vm.warp(START + 10 * DAY);
        vm.startPrank(GUARDIAN);
        registry.reportCompromise(ID, KEY, START);
        _refused(abi.encodeWithSelector(I.IssuerRegistryNoRequest.selector, KEY, START));
        registry.confirmCompromise(ID, KEY, START);
        _refused(abi.encodeWithSelector(I.IssuerRegistryNoRequest.selector, KEY, START + 1));
        registry.confirmCompromise(ID, KEY, START + 1);
        vm.stopPrank();
        bytes32 role = registry.GUARDIAN_ROLE();
        _refused(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, ACCREDITOR, role)
        );
        vm.prank(ACCREDITOR);
        registry.confirmCompromise(ID, KEY, START);
        vm.prank(SECOND_GUARDIAN);
        registry.confirmCompromise(ID, KEY, START);
        equal(_since(), START, "confirmed");
    }

    function test_ClockNearZeroDoesNotUnderflow() public {
        vm.warp(1000);
        vm.prank(CONTROLLER);
        registry.reportCompromise(ID, KEY, 5);
        equal(_since(), 5, "since");
    }

    function _since() private view returns (uint64) {
        return registry.getIssuer(ID).keys[0].compromisedSince;
    }
}
