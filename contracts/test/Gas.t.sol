// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorRegistry} from "../AnchorRegistry.sol";
import {IssuerRegistry} from "../IssuerRegistry.sol";
import {StatusRegistry} from "../StatusRegistry.sol";
import {IIssuerRegistry as I} from "../interfaces/IIssuerRegistry.sol";
import {Harness} from "./Harness.sol";

/// @notice What each operation costs as a transaction of its own, calldata included, held to contracts/gas.json.
/// A difference of more than half a per cent fails; `make gas` renews that file.
contract GasTest is Harness {
    string private constant FILE = "contracts/gas.json";
    uint256 private constant TOLERANCE_PER_MILLE = 5;
    /// The promise of the design: a tick costs no more, however many credentials it anchors.
    uint256 private constant MOST_FOR_A_ROOT = 48_000;

    string private constant DID = "did:web:univ.example";
    bytes32 private constant ID = keccak256("did:web:univ.example");
    bytes32 private constant KEY = keccak256("key");
    uint64 private constant START = 1_795_414_102;

    string private wanted;
    string private made;
    string private drifted;
    bool private renewing;
    uint256 private count;

    /// hardhat-config: isolate = true
    function test_GasOfEveryOperation() public {
        vm.warp(START);
        renewing = vm.envOr("RENEW_GAS", false);
        if (!renewing) wanted = vm.readFile(FILE);
        _logs();
        IssuerRegistry registry = new IssuerRegistry(address(this), address(this), address(this));
        _register(registry);
        _endAndReport(registry);
        _delegate(registry);
        if (renewing) vm.writeJson(made, FILE);
        equal(drifted, "", string.concat("gas differs from contracts/gas.json, `make gas` renews it:", drifted));
        if (!renewing) equal(vm.parseJsonKeys(wanted, "$").length, count, "operations of contracts/gas.json");
    }

    function _logs() private {
        AnchorRegistry anchors = new AnchorRegistry();
        StatusRegistry lists = new StatusRegistry();
        anchors.anchor(keccak256("root"));
        check(_see("anchor") <= MOST_FOR_A_ROOT, "a root costs too much");
        anchors.anchor(keccak256("root"));
        _see("anchor.repeat");
        lists.publish(keccak256("root"));
        _see("publish.first");
        vm.warp(START + 1);
        lists.publish(keccak256("root"));
        _see("publish.heartbeat");
        lists.publish(keccak256("other"));
        _see("publish.change");
    }

    function _register(IssuerRegistry registry) private {
        registry.registerIssuer(DID, unicode"새벽대학교(시연용)", "Saebyeok University", "https://univ.example/i");
        _see("registerIssuer");
        registry.setNames(ID, unicode"새벽대학교", "Saebyeok University", "https://univ.example/i");
        _see("setNames");
        registry.setController(ID, address(0xC0));
        _see("setController");
        registry.accredit(ID, "UniversityDegree", 0);
        _see("accredit");
        registry.accredit(ID, "NationalTechnicalQualification", START + 1000);
        _see("accredit.long_name");
        registry.accredit(ID, "NationalTechnicalQualification", START + 2000);
        _see("accredit.extend");
        registry.authorizeAnchorer(ID, address(0xA0));
        _see("authorizeAnchorer");
        registry.addKey(ID, KEY, 0);
        _see("addKey");
        registry.addKey(ID, keccak256("second"), 0);
        _see("addKey.second");
    }

    function _endAndReport(IssuerRegistry registry) private {
        vm.warp(START + 100);
        registry.endAccreditation(ID, "UniversityDegree", 0);
        _see("endAccreditation");
        registry.endAnchorer(ID, address(0xA0), 0);
        _see("endAnchorer");
        registry.retireKey(ID, keccak256("second"), 0);
        _see("retireKey");
        registry.reportCompromise(ID, KEY, START + 50);
        _see("reportCompromise");
        vm.prank(address(0xC0));
        registry.reportCompromise(ID, KEY, START - 100_000);
        _see("reportCompromise.further_back");
        registry.confirmCompromise(ID, KEY, START - 100_000);
        _see("confirmCompromise");
        registry.setStatus(ID, I.IssuerStatus.Suspended, "");
        _see("setStatus.suspend");
        registry.setStatus(ID, I.IssuerStatus.Active, "");
        _see("setStatus.activate");
    }

    /// A company, from nothing to its first signature, by a delegated accreditor.
    function _delegate(IssuerRegistry registry) private {
        address delegate = address(0xD0);
        bytes32 id = keccak256("did:web:small.example");
        registry.grantRole(registry.DELEGATE_ROLE(), delegate);
        _see("grantRole.delegate");
        registry.setDelegateType(delegate, "EmploymentRecord", true);
        _see("setDelegateType");
        vm.prank(delegate);
        registry.registerIssuer("did:web:small.example", unicode"작은회사", "Small Inc.", "https://small.example");
        uint256 all = _see("delegate.registerIssuer");
        vm.prank(delegate);
        registry.accredit(id, "EmploymentRecord", 0);
        all += _see("delegate.accredit");
        vm.prank(delegate);
        registry.authorizeAnchorer(id, address(0xA0));
        all += _see("delegate.authorizeAnchorer");
        vm.prank(delegate);
        registry.addKey(id, KEY, 0);
        all += _see("delegate.addKey");
        _keep("delegate.company", all);
        registry.setRegistrar(id, address(this));
        _see("setRegistrar");
    }

    /// The gas of the last call, as the transaction that it was.
    function _see(string memory name) private returns (uint256 used) {
        used = vm.lastCallGas().gasTotalUsed;
        _keep(name, used);
    }

    function _keep(string memory name, uint256 used) private {
        count += 1;
        made = vm.serializeUint("gas", name, used);
        if (renewing) return;
        string memory key = string.concat("[\"", name, "\"]");
        uint256 old = vm.keyExistsJson(wanted, key) ? vm.parseJsonUint(wanted, key) : 0;
        uint256 difference = used > old ? used - old : old - used;
        if (difference * 1000 <= old * TOLERANCE_PER_MILLE) return;
        drifted = string.concat(drifted, " ", name, " ", vm.toString(old), " -> ", vm.toString(used));
    }
}
