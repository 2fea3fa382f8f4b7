// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControl} from "@openzeppelin/contracts/access/IAccessControl.sol";
import {IssuerRegistry} from "../IssuerRegistry.sol";
import {IIssuerRegistry as I} from "../interfaces/IIssuerRegistry.sol";
import {RegistryText} from "../lib/RegistryText.sol";
import {Harness} from "./Harness.sol";

/// @notice A registry with one institution and an account for each role.
abstract contract IssuerRegistryFixture is Harness {
    address internal constant ADMIN = address(0xA0);
    address internal constant ACCREDITOR = address(0xA1);
    address internal constant GUARDIAN = address(0xA2);
    address internal constant SECOND_GUARDIAN = address(0xA3);
    address internal constant DELEGATE = address(0xA4);
    address internal constant CONTROLLER = address(0xA5);
    address internal constant ANCHORER = address(0xA6);
    address internal constant STRANGER = address(0xA7);

    string internal constant DID = "did:web:univ.example";
    string internal constant DEGREE = "UniversityDegree";
    bytes32 internal constant ID = keccak256("did:web:univ.example");
    bytes32 internal constant KEY = keccak256("key");
    uint64 internal constant START = 1_795_414_102;

    IssuerRegistry internal registry;

    function setUp() public virtual {
        vm.warp(START);
        registry = new IssuerRegistry(ADMIN, ACCREDITOR, GUARDIAN);
        bytes32 guardianRole = registry.GUARDIAN_ROLE();
        bytes32 delegateRole = registry.DELEGATE_ROLE();
        vm.prank(ADMIN);
        registry.grantRole(guardianRole, SECOND_GUARDIAN);
        vm.startPrank(ACCREDITOR);
        registry.grantRole(delegateRole, DELEGATE);
        registry.registerIssuer(DID, unicode"새벽대학교(시연용)", "Saebyeok University", "https://univ.example/i");
        registry.setController(ID, CONTROLLER);
        vm.stopPrank();
    }

    function _refused(bytes memory error_) internal {
        vm.expectRevert(error_);
    }

    function _notAllowed(address caller) internal {
        vm.expectRevert(abi.encodeWithSelector(I.IssuerRegistryNotAllowed.selector, ID, caller));
    }
}

contract IssuerRegistryEntryTest is IssuerRegistryFixture {
    function test_AdminIsNeeded() public {
        _refused(abi.encodeWithSelector(I.IssuerRegistryZeroAdmin.selector));
        new IssuerRegistry(address(0), ACCREDITOR, GUARDIAN);
    }

    function test_RolesMayComeLater() public {
        IssuerRegistry bare = new IssuerRegistry(ADMIN, address(0), address(0));
        check(!bare.hasRole(bare.ACCREDITOR_ROLE(), address(0)), "no accreditor");
        check(!bare.hasRole(bare.GUARDIAN_ROLE(), address(0)), "no guardian");
    }

    function test_RegisteredIssuerIsReadBack() public view {
        I.Issuer memory issuer = registry.getIssuer(ID);
        check(issuer.exists, "exists");
        equal(issuer.did, DID, "did");
        equal(issuer.nameKo, unicode"새벽대학교(시연용)", "name ko");
        equal(issuer.nameEn, "Saebyeok University", "name en");
        equal(issuer.url, "https://univ.example/i", "url");
        check(issuer.registrar == ACCREDITOR && issuer.controller == CONTROLLER, "accounts");
        equal(issuer.statusLog.length, 1, "status log");
        equal(issuer.statusLog[0].from, START, "active from");
    }

    function test_UnknownIssuerIsEmpty() public view {
        I.Issuer memory issuer = registry.getIssuer(keccak256("nobody"));
        check(!issuer.exists && issuer.statusLog.length == 0 && bytes(issuer.did).length == 0, "empty");
    }

    function test_StrangerRegistersNothing() public {
        vm.expectRevert(
            abi.encodeWithSelector(I.IssuerRegistryNotAllowed.selector, keccak256("did:web:x"), STRANGER)
        );
        vm.prank(STRANGER);
        registry.registerIssuer("did:web:x", "x", "x", "https://x");
    }

    function test_DidIsRegisteredOnce() public {
        _refused(abi.encodeWithSelector(I.IssuerRegistryAlreadyRegistered.selector, ID));
        vm.prank(ACCREDITOR);
        registry.registerIssuer(DID, "x", "x", "https://x");
    }

    function test_MalformedTextIsRefused() public {
        _registerRefused("", "x", "x", "https://x", _length(0, 256));
        _registerRefused("did:", "x", "x", "https://x", _prefix("did:"));
        _registerRefused("dix:web:x", "x", "x", "https://x", _prefix("did:"));
        _registerRefused("did:web:x y", "x", "x", "https://x", _character(9));
        _registerRefused(unicode"did:web:가", "x", "x", "https://x", _character(8));
        _registerRefused("did:web:x", "", "x", "https://x", _length(0, 200));
        _registerRefused("did:web:x", string(new bytes(201)), "x", "https://x", _length(201, 200));
        _registerRefused("did:web:x", "a\nb", "x", "https://x", _character(1));
        _registerRefused("did:web:x", "x", "a\x7fb", "https://x", _character(1));
        _registerRefused("did:web:x", unicode"a\u202eb", "x", "https://x", _character(1));
        _registerRefused("did:web:x", unicode"ab\u200b", "x", "https://x", _character(2));
        _registerRefused("did:web:x", unicode"a\u2066b", "x", "https://x", _character(1));
        _registerRefused("did:web:x", "x", "x", "ftp://x", _prefix("http"));
        _registerRefused("did:web:x", "x", "x", "https://x\ty", _character(9));
    }

    function test_OrdinaryPunctuationIsAccepted() public {
        vm.startPrank(ACCREDITOR);
        registry.registerIssuer("did:web:x", unicode"가‐나—다…", unicode"A⁁B", "https://x");
        vm.stopPrank();
    }

    function testFuzz_NamesNeverHoldControlCharacters(bytes memory raw) public {
        vm.assume(raw.length != 0 && raw.length <= 200);
        bool plain = true;
        for (uint256 i = 0; i < raw.length; ++i) {
            if (uint8(raw[i]) < 0x20 || uint8(raw[i]) == 0x7f) plain = false;
        }
        vm.prank(ACCREDITOR);
        try registry.setNames(ID, string(raw), "x", "https://x") {
            check(plain, "a control character was accepted");
        } catch {}
    }

    function test_AccreditorsChangeNames() public {
        vm.expectEmit(true, false, false, true, address(registry));
        emit I.NamesChanged(ID, unicode"새벽", "Dawn", "https://new.example");
        vm.prank(ACCREDITOR);
        registry.setNames(ID, unicode"새벽", "Dawn", "https://new.example");
        equal(registry.getIssuer(ID).nameEn, "Dawn", "name");
    }

    function test_OthersChangeNoNames() public {
        address[4] memory others = [CONTROLLER, GUARDIAN, STRANGER, DELEGATE];
        for (uint256 i = 0; i < others.length; ++i) {
            _notAllowed(others[i]);
            vm.prank(others[i]);
            registry.setNames(ID, "x", "x", "https://x");
        }
    }

    function test_UnknownIssuerChangesNothing() public {
        bytes32 id = keccak256("nobody");
        bytes memory error_ = abi.encodeWithSelector(I.IssuerRegistryUnknownIssuer.selector, id);
        vm.startPrank(ACCREDITOR);
        _refused(error_);
        registry.setNames(id, "x", "x", "https://x");
        _refused(error_);
        registry.setStatus(id, I.IssuerStatus.Closed, "");
        _refused(error_);
        registry.retireKey(id, KEY, 0);
        _refused(error_);
        registry.setRegistrar(id, DELEGATE);
        vm.stopPrank();
        _refused(error_);
        vm.prank(GUARDIAN);
        registry.confirmCompromise(id, KEY, 1);
    }

    function test_DelegateChangesItsOwnEntriesOnly() public {
        vm.prank(ACCREDITOR);
        registry.setDelegateType(DELEGATE, "EmploymentRecord", true);
        check(registry.delegateMayAccredit(DELEGATE, "EmploymentRecord"), "allowed");
        vm.startPrank(DELEGATE);
        bytes32 own = registry.registerIssuer("did:web:small.example", "x", "x", "https://x");
        registry.accredit(own, "EmploymentRecord", 0);
        registry.addKey(own, KEY, 0);
        _refused(abi.encodeWithSelector(I.IssuerRegistryTypeNotDelegated.selector, DELEGATE, DEGREE));
        registry.accredit(own, DEGREE, 0);
        _notAllowed(DELEGATE);
        registry.accredit(ID, "EmploymentRecord", 0);
        _notAllowed(DELEGATE);
        registry.addKey(ID, KEY, 0);
        registry.setStatus(own, I.IssuerStatus.Suspended, "");
        vm.expectRevert(abi.encodeWithSelector(I.IssuerRegistryNotAllowed.selector, own, DELEGATE));
        registry.setStatus(own, I.IssuerStatus.Active, "");
        vm.stopPrank();
    }

    function test_AccreditorTakesAnEntryBack() public {
        vm.prank(DELEGATE);
        bytes32 own = registry.registerIssuer("did:web:small.example", "x", "x", "https://x");
        vm.startPrank(ACCREDITOR);
        _refused(abi.encodeWithSelector(I.IssuerRegistryZeroAddress.selector));
        registry.setRegistrar(own, address(0));
        registry.setRegistrar(own, ACCREDITOR);
        vm.stopPrank();
        vm.expectRevert(abi.encodeWithSelector(I.IssuerRegistryNotAllowed.selector, own, DELEGATE));
        vm.prank(DELEGATE);
        registry.setController(own, DELEGATE);
    }

    function test_OnlyAccreditorsDelegate() public {
        bytes32 role = registry.ACCREDITOR_ROLE();
        _refused(
            abi.encodeWithSelector(IAccessControl.AccessControlUnauthorizedAccount.selector, DELEGATE, role)
        );
        vm.prank(DELEGATE);
        registry.setDelegateType(DELEGATE, DEGREE, true);
        _refused(abi.encodeWithSelector(I.IssuerRegistryZeroAddress.selector));
        vm.prank(ACCREDITOR);
        registry.setDelegateType(address(0), DEGREE, true);
    }

    function _registerRefused(
        string memory did,
        string memory nameKo,
        string memory nameEn,
        string memory url,
        bytes memory error_
    ) private {
        _refused(error_);
        vm.prank(ACCREDITOR);
        registry.registerIssuer(did, nameKo, nameEn, url);
    }

    function _length(uint256 length, uint256 maximum) private pure returns (bytes memory) {
        return abi.encodeWithSelector(RegistryText.RegistryTextLength.selector, length, maximum);
    }

    function _prefix(string memory prefix) private pure returns (bytes memory) {
        return abi.encodeWithSelector(RegistryText.RegistryTextPrefix.selector, prefix);
    }

    function _character(uint256 position) private pure returns (bytes memory) {
        return abi.encodeWithSelector(RegistryText.RegistryTextCharacter.selector, position);
    }
}

contract IssuerRegistryStatusTest is IssuerRegistryFixture {
    function test_GuardianSuspendsAtOnceAndNoMore() public {
        vm.startPrank(GUARDIAN);
        registry.setStatus(ID, I.IssuerStatus.Suspended, "");
        _notAllowed(GUARDIAN);
        registry.setStatus(ID, I.IssuerStatus.Active, "");
        _notAllowed(GUARDIAN);
        registry.setStatus(ID, I.IssuerStatus.Closed, "");
        vm.stopPrank();
        vm.prank(ACCREDITOR);
        registry.setStatus(ID, I.IssuerStatus.Closed, "");
        _notAllowed(GUARDIAN);
        vm.prank(GUARDIAN);
        registry.setStatus(ID, I.IssuerStatus.Suspended, "");
    }

    function testFuzz_StatusLogOnlyGrows(uint32 wait) public {
        vm.warp(START + wait);
        vm.startPrank(ACCREDITOR);
        registry.setStatus(ID, I.IssuerStatus.Suspended, "");
        registry.setStatus(ID, I.IssuerStatus.Active, "");
        vm.stopPrank();
        I.StatusChange[] memory log = registry.getIssuer(ID).statusLog;
        equal(log.length, 3, "length");
        equal(log[0].from, START, "first");
        equal(log[1].from, START + wait, "second");
        check(log[1].status == I.IssuerStatus.Suspended, "suspended");
    }

    function test_SameStandingIsRefused() public {
        _refused(abi.encodeWithSelector(I.IssuerRegistrySameStatus.selector, I.IssuerStatus.Active));
        vm.prank(ACCREDITOR);
        registry.setStatus(ID, I.IssuerStatus.Active, "");
    }

    function test_StrangerAndControllerCannotChangeStanding() public {
        address[2] memory others = [STRANGER, CONTROLLER];
        for (uint256 i = 0; i < others.length; ++i) {
            _notAllowed(others[i]);
            vm.prank(others[i]);
            registry.setStatus(ID, I.IssuerStatus.Suspended, "");
        }
    }

    function test_MergerNeedsARegisteredSuccessor() public {
        vm.startPrank(ACCREDITOR);
        _refused(abi.encodeWithSelector(I.IssuerRegistryBadSuccessor.selector, "did:web:heir.example"));
        registry.setStatus(ID, I.IssuerStatus.Merged, "did:web:heir.example");
        _refused(abi.encodeWithSelector(I.IssuerRegistryBadSuccessor.selector, DID));
        registry.setStatus(ID, I.IssuerStatus.Merged, DID);
        registry.registerIssuer("did:web:heir.example", "x", "x", "https://x");
        _refused(abi.encodeWithSelector(I.IssuerRegistryBadSuccessor.selector, "did:web:heir.example"));
        registry.setStatus(ID, I.IssuerStatus.Closed, "did:web:heir.example");
        registry.setStatus(ID, I.IssuerStatus.Merged, "did:web:heir.example");
        vm.stopPrank();
        equal(registry.getIssuer(ID).statusLog[1].successorDid, "did:web:heir.example", "successor");
    }
}
