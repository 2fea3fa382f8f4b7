// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {IIssuerRegistry} from "./interfaces/IIssuerRegistry.sol";
import {RegistryText} from "./lib/RegistryText.sol";

/// @title Registry of institutions
/// @notice See {IIssuerRegistry}.
contract IssuerRegistry is IIssuerRegistry, AccessControl {
    /// @notice May register and change every institution; appoints delegated accreditors.
    bytes32 public constant ACCREDITOR_ROLE = keccak256("ACCREDITOR");
    /// @notice May suspend, end anchorers and report compromise at once, and co-sign what reaches further back.
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN");
    /// @notice May register institutions and change those it answers for, for the types it was given.
    bytes32 public constant DELEGATE_ROLE = keccak256("DELEGATE");

    /// @notice How far back a compromise report acts without a guardian's co-signature, in seconds.
    uint64 public constant MAX_BACKDATE = 24 hours;

    uint256 private constant MAX_DID = 256;
    uint256 private constant MAX_NAME = 200;
    uint256 private constant MAX_URL = 256;
    uint256 private constant MAX_TYPE = 64;
    /// @dev Bounds what {getIssuer} must read. The status log is not bounded: suspending must always work.
    uint256 private constant MAX_ENTRIES = 512;

    mapping(bytes32 id => Issuer issuer) private _issuers;
    /// @dev Position + 1 of the newest period of a type, of an anchorer, and of a key.
    mapping(bytes32 id => mapping(bytes32 typeHash => uint256 position)) private _accreditationAt;
    mapping(bytes32 id => mapping(address anchorer => uint256 position)) private _anchorerAt;
    mapping(bytes32 id => mapping(bytes32 keyDigest => uint256 position)) private _keyAt;
    mapping(bytes32 id => mapping(bytes32 keyDigest => mapping(uint64 since => address requester))) private
        _requests;
    mapping(address delegate => mapping(bytes32 typeHash => bool allowed)) private _delegateTypes;

    modifier onlyAccreditorOf(bytes32 id) {
        _requireRegistered(id);
        if (!_isAccreditorOf(id, msg.sender)) revert IssuerRegistryNotAllowed(id, msg.sender);
        _;
    }

    /// @notice Give the roles; whoever deploys keeps none.
    /// @param admin grants and revokes roles; on a real network a timelock behind a multisig
    /// @param accreditor first accreditor, zero for none yet
    /// @param guardian first guardian, zero for none yet
    constructor(address admin, address accreditor, address guardian) {
        if (admin == address(0)) revert IssuerRegistryZeroAdmin();
        _setRoleAdmin(DELEGATE_ROLE, ACCREDITOR_ROLE);
        _grantRole(DEFAULT_ADMIN_ROLE, admin);
        if (accreditor != address(0)) _grantRole(ACCREDITOR_ROLE, accreditor);
        if (guardian != address(0)) _grantRole(GUARDIAN_ROLE, guardian);
    }

    /// @inheritdoc IIssuerRegistry
    function registerIssuer(
        string calldata did,
        string calldata nameKo,
        string calldata nameEn,
        string calldata url
    ) external returns (bytes32 id) {
        id = keccak256(bytes(did));
        if (!hasRole(ACCREDITOR_ROLE, msg.sender) && !hasRole(DELEGATE_ROLE, msg.sender)) {
            revert IssuerRegistryNotAllowed(id, msg.sender);
        }
        if (_issuers[id].exists) revert IssuerRegistryAlreadyRegistered(id);
        RegistryText.checkIdentifier(did, MAX_DID, "did:");
        Issuer storage issuer = _issuers[id];
        issuer.exists = true;
        issuer.registrar = msg.sender;
        issuer.did = did;
        emit IssuerRegistered(id, msg.sender, did);
        _setNames(id, nameKo, nameEn, url);
        _pushStatus(id, IssuerStatus.Active, "");
    }

    /// @inheritdoc IIssuerRegistry
    function setNames(bytes32 id, string calldata nameKo, string calldata nameEn, string calldata url)
        external
        onlyAccreditorOf(id)
    {
        _setNames(id, nameKo, nameEn, url);
    }

    /// @inheritdoc IIssuerRegistry
    function setController(bytes32 id, address controller) external onlyAccreditorOf(id) {
        _issuers[id].controller = controller;
        emit ControllerChanged(id, controller);
    }

    /// @inheritdoc IIssuerRegistry
    function setRegistrar(bytes32 id, address registrar) external onlyRole(ACCREDITOR_ROLE) {
        _requireRegistered(id);
        if (registrar == address(0)) revert IssuerRegistryZeroAddress();
        _issuers[id].registrar = registrar;
        emit RegistrarChanged(id, registrar);
    }

    /// @inheritdoc IIssuerRegistry
    function setDelegateType(address delegate, string calldata credentialType, bool allowed)
        external
        onlyRole(ACCREDITOR_ROLE)
    {
        if (delegate == address(0)) revert IssuerRegistryZeroAddress();
        RegistryText.checkIdentifier(credentialType, MAX_TYPE, "");
        bytes32 typeHash = keccak256(bytes(credentialType));
        _delegateTypes[delegate][typeHash] = allowed;
        emit DelegateTypeChanged(delegate, typeHash, credentialType, allowed);
    }

    /// @inheritdoc IIssuerRegistry
    function setStatus(bytes32 id, IssuerStatus status, string calldata successorDid) external {
        _requireRegistered(id);
        StatusChange[] storage log = _issuers[id].statusLog;
        IssuerStatus current = log[log.length - 1].status;
        bool allowed = hasRole(ACCREDITOR_ROLE, msg.sender)
            || (status != IssuerStatus.Active && _isAccreditorOf(id, msg.sender))
            || (status == IssuerStatus.Suspended && current == IssuerStatus.Active
                && hasRole(GUARDIAN_ROLE, msg.sender));
        if (!allowed) revert IssuerRegistryNotAllowed(id, msg.sender);
        if (status == current) revert IssuerRegistrySameStatus(status);
        if (status == IssuerStatus.Merged) {
            bytes32 successor = keccak256(bytes(successorDid));
            if (successor == id || !_issuers[successor].exists) revert IssuerRegistryBadSuccessor(successorDid);
        } else if (bytes(successorDid).length != 0) {
            revert IssuerRegistryBadSuccessor(successorDid);
        }
        _pushStatus(id, status, successorDid);
    }

    /// @inheritdoc IIssuerRegistry
    function accredit(bytes32 id, string calldata credentialType, uint64 until) external onlyAccreditorOf(id) {
        RegistryText.checkIdentifier(credentialType, MAX_TYPE, "");
        bytes32 typeHash = keccak256(bytes(credentialType));
        if (!hasRole(ACCREDITOR_ROLE, msg.sender) && !_delegateTypes[msg.sender][typeHash]) {
            revert IssuerRegistryTypeNotDelegated(msg.sender, credentialType);
        }
        uint64 time = _now();
        if (until != 0 && until <= time) revert IssuerRegistryTimeInPast(until, time);
        Accreditation[] storage periods = _issuers[id].accreditations;
        uint256 position = _accreditationAt[id][typeHash];
        if (position != 0 && _runs(periods[position - 1].until)) {
            Accreditation storage period = periods[position - 1];
            if (until != 0 && (period.until == 0 || until < period.until)) {
                revert IssuerRegistryEndNotMoved(period.until, until);
            }
            period.until = until;
            emit AccreditationChanged(id, typeHash, credentialType, period.from, until);
            return;
        }
        if (periods.length == MAX_ENTRIES) revert IssuerRegistryTooMany(MAX_ENTRIES);
        periods.push(Accreditation({credentialType: credentialType, from: time, until: until}));
        _accreditationAt[id][typeHash] = periods.length;
        emit AccreditationChanged(id, typeHash, credentialType, time, until);
    }

    /// @inheritdoc IIssuerRegistry
    function endAccreditation(bytes32 id, string calldata credentialType, uint64 until)
        external
        onlyAccreditorOf(id)
    {
        bytes32 typeHash = keccak256(bytes(credentialType));
        uint256 position = _accreditationAt[id][typeHash];
        if (position == 0) revert IssuerRegistryNoRunningPeriod(id);
        Accreditation storage period = _issuers[id].accreditations[position - 1];
        period.until = _earlierEnd(id, period.until, until);
        emit AccreditationChanged(id, typeHash, credentialType, period.from, period.until);
    }

    /// @inheritdoc IIssuerRegistry
    function authorizeAnchorer(bytes32 id, address anchorer) external onlyAccreditorOf(id) {
        if (anchorer == address(0)) revert IssuerRegistryZeroAddress();
        AnchorerGrant[] storage grants = _issuers[id].anchorers;
        uint256 position = _anchorerAt[id][anchorer];
        if (position != 0 && _runs(grants[position - 1].until)) {
            grants[position - 1].until = 0;
            emit AnchorerChanged(id, anchorer, grants[position - 1].from, 0);
            return;
        }
        if (grants.length == MAX_ENTRIES) revert IssuerRegistryTooMany(MAX_ENTRIES);
        uint64 time = _now();
        grants.push(AnchorerGrant({anchorer: anchorer, from: time, until: 0}));
        _anchorerAt[id][anchorer] = grants.length;
        emit AnchorerChanged(id, anchorer, time, 0);
    }

    /// @inheritdoc IIssuerRegistry
    function endAnchorer(bytes32 id, address anchorer, uint64 until) external {
        _requireProtector(id, true);
        uint256 position = _anchorerAt[id][anchorer];
        if (position == 0) revert IssuerRegistryNoRunningPeriod(id);
        AnchorerGrant storage grant = _issuers[id].anchorers[position - 1];
        grant.until = _earlierEnd(id, grant.until, until);
        emit AnchorerChanged(id, anchorer, grant.from, grant.until);
    }

    /// @inheritdoc IIssuerRegistry
    function addKey(bytes32 id, bytes32 keyDigest, uint64 from) external onlyAccreditorOf(id) {
        if (keyDigest == bytes32(0)) revert IssuerRegistryZeroKey();
        if (_keyAt[id][keyDigest] != 0) revert IssuerRegistryKeyExists(keyDigest);
        uint64 time = _now();
        if (from == 0) from = time;
        if (from < time) revert IssuerRegistryTimeInPast(from, time);
        KeyEntry[] storage keys = _issuers[id].keys;
        if (keys.length == MAX_ENTRIES) revert IssuerRegistryTooMany(MAX_ENTRIES);
        keys.push(KeyEntry({digest: keyDigest, from: from, until: 0, compromisedSince: 0}));
        _keyAt[id][keyDigest] = keys.length;
        emit KeyAdded(id, keyDigest, from);
    }

    /// @inheritdoc IIssuerRegistry
    function retireKey(bytes32 id, bytes32 keyDigest, uint64 until) external {
        _requireProtector(id, false);
        KeyEntry storage key = _key(id, keyDigest);
        uint64 end = _earlierEnd(id, key.until, until);
        // a key retired before it began to sign has an empty period, not a negative one
        key.until = end < key.from ? key.from : end;
        emit KeyRetired(id, keyDigest, key.until);
    }

    /// @inheritdoc IIssuerRegistry
    function reportCompromise(bytes32 id, bytes32 keyDigest, uint64 since) external {
        _requireProtector(id, true);
        KeyEntry storage key = _key(id, keyDigest);
        if (since == 0) revert IssuerRegistryZeroTime();
        uint64 time = _now();
        if (since > time) since = time;
        uint64 current = key.compromisedSince;
        if (current != 0 && since >= current) revert IssuerRegistrySinceNotEarlier(current, since);
        uint64 earliest = time > MAX_BACKDATE ? time - MAX_BACKDATE : 1;
        uint64 effective = since < earliest ? earliest : since;
        if (current == 0 || effective < current) {
            key.compromisedSince = effective;
            emit KeyCompromised(id, keyDigest, effective, msg.sender);
        }
        if (since < earliest) {
            _requests[id][keyDigest][since] = msg.sender;
            emit CompromiseRequested(id, keyDigest, since, msg.sender);
        }
    }

    /// @inheritdoc IIssuerRegistry
    function confirmCompromise(bytes32 id, bytes32 keyDigest, uint64 since) external onlyRole(GUARDIAN_ROLE) {
        _requireRegistered(id);
        KeyEntry storage key = _key(id, keyDigest);
        address requester = _requests[id][keyDigest][since];
        if (requester == address(0) || requester == msg.sender) revert IssuerRegistryNoRequest(keyDigest, since);
        // a request always follows a report, so a time is set already
        if (since >= key.compromisedSince) revert IssuerRegistrySinceNotEarlier(key.compromisedSince, since);
        key.compromisedSince = since;
        emit KeyCompromised(id, keyDigest, since, msg.sender);
    }

    /// @inheritdoc IIssuerRegistry
    function getIssuer(bytes32 id) external view returns (Issuer memory issuer) {
        return _issuers[id];
    }

    /// @inheritdoc IIssuerRegistry
    function compromiseRequest(bytes32 id, bytes32 keyDigest, uint64 since)
        external
        view
        returns (address requester)
    {
        return _requests[id][keyDigest][since];
    }

    /// @inheritdoc IIssuerRegistry
    function delegateMayAccredit(address delegate, string calldata credentialType)
        external
        view
        returns (bool allowed)
    {
        return _delegateTypes[delegate][keccak256(bytes(credentialType))];
    }

    function _setNames(bytes32 id, string calldata nameKo, string calldata nameEn, string calldata url) private {
        RegistryText.checkName(nameKo, MAX_NAME);
        RegistryText.checkName(nameEn, MAX_NAME);
        RegistryText.checkIdentifier(url, MAX_URL, "http");
        Issuer storage issuer = _issuers[id];
        issuer.nameKo = nameKo;
        issuer.nameEn = nameEn;
        issuer.url = url;
        emit NamesChanged(id, nameKo, nameEn, url);
    }

    function _pushStatus(bytes32 id, IssuerStatus status, string memory successorDid) private {
        uint64 time = _now();
        _issuers[id].statusLog.push(StatusChange({status: status, from: time, successorDid: successorDid}));
        emit StatusChanged(id, status, time, successorDid);
    }

    /// @dev The end to store for a running period that is to end at `until` (0 = now).
    function _earlierEnd(bytes32 id, uint64 current, uint64 until) private view returns (uint64) {
        uint64 time = _now();
        if (!_runs(current)) revert IssuerRegistryNoRunningPeriod(id);
        if (until == 0) until = time;
        if (until < time) revert IssuerRegistryTimeInPast(until, time);
        if (current != 0 && until > current) revert IssuerRegistryEndNotMoved(current, until);
        return until;
    }

    function _key(bytes32 id, bytes32 keyDigest) private view returns (KeyEntry storage) {
        uint256 position = _keyAt[id][keyDigest];
        if (position == 0) revert IssuerRegistryUnknownKey(keyDigest);
        return _issuers[id].keys[position - 1];
    }

    /// @dev Those who may only take away: accreditors of the entry, its controller and, where asked, guardians.
    function _requireProtector(bytes32 id, bool guardiansToo) private view {
        _requireRegistered(id);
        if (_isAccreditorOf(id, msg.sender) || _issuers[id].controller == msg.sender) return;
        if (guardiansToo && hasRole(GUARDIAN_ROLE, msg.sender)) return;
        revert IssuerRegistryNotAllowed(id, msg.sender);
    }

    function _requireRegistered(bytes32 id) private view {
        if (!_issuers[id].exists) revert IssuerRegistryUnknownIssuer(id);
    }

    function _isAccreditorOf(bytes32 id, address account) private view returns (bool) {
        return hasRole(ACCREDITOR_ROLE, account)
            || (hasRole(DELEGATE_ROLE, account) && _issuers[id].registrar == account);
    }

    function _runs(uint64 until) private view returns (bool) {
        return until == 0 || until > block.timestamp;
    }

    function _now() private view returns (uint64) {
        return uint64(block.timestamp);
    }
}
