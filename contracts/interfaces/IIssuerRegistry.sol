// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Registry of institutions: who may sign what, with which key, since when
/// @notice The trust directory of the digital resume. Every fact carries the time from which it holds, and a
/// credential is judged at the time it was anchored.
/// @dev The one rule: no transaction at time t makes a credential anchored before t newly acceptable.
/// Therefore a period never starts before the block that sets it, a period that has ended is never
/// extended (a new one starts now), the status and key logs only grow, and a key's `compromisedSince` only
/// moves earlier. Periods are half open, `from <= t < until`; `until` = 0 means no end is set. Times are
/// seconds since 1970-01-01 UTC. An issuer's id is keccak256 of the bytes of its DID.
/// Only institutions are named here, never a person.
///
/// The events tell everything: whoever folds them in order, with AccessControl's own for the roles, knows what
/// the views answer. Each event carries the values as stored, and the lists of {getIssuer} are in the order in
/// which their entries' first events came. An {AccreditationChanged} or {AnchorerChanged} changes the newest
/// period of that type or anchorer if it has this `from` and did not end there; else it begins the next one.
interface IIssuerRegistry {
    /// @notice Standing of an institution.
    enum IssuerStatus {
        Active,
        Suspended,
        Closed,
        Merged
    }

    /// @notice One entry of the status log: the standing from `from` until the next entry.
    struct StatusChange {
        IssuerStatus status;
        uint64 from;
        string successorDid;
    }

    /// @notice Permission to issue one credential type during a period.
    struct Accreditation {
        string credentialType;
        uint64 from;
        uint64 until;
    }

    /// @notice Permission of one address to anchor and to publish status in the institution's name.
    struct AnchorerGrant {
        address anchorer;
        uint64 from;
        uint64 until;
    }

    /// @notice One entry of the key log. `compromisedSince` = 0 means never reported.
    struct KeyEntry {
        bytes32 digest;
        uint64 from;
        uint64 until;
        uint64 compromisedSince;
    }

    /// @notice Everything the registry holds about one institution.
    /// @dev `registrar` is who answers for the entry: a delegated accreditor may change only its own entries.
    struct Issuer {
        bool exists;
        address registrar;
        address controller;
        string did;
        string nameKo;
        string nameEn;
        string url;
        StatusChange[] statusLog;
        Accreditation[] accreditations;
        AnchorerGrant[] anchorers;
        KeyEntry[] keys;
    }

    /// @notice An institution was entered.
    /// @param id keccak256 of the DID
    /// @param registrar the account that answers for the entry
    /// @param did the institution's DID
    event IssuerRegistered(bytes32 indexed id, address indexed registrar, string did);

    /// @notice Names or credential-issuer URL were set.
    /// @param id the institution
    /// @param nameKo name in Korean
    /// @param nameEn name in English
    /// @param url credential issuer identifier
    event NamesChanged(bytes32 indexed id, string nameKo, string nameEn, string url);

    /// @notice The account that answers for the entry changed.
    /// @param id the institution
    /// @param registrar the new one
    event RegistrarChanged(bytes32 indexed id, address indexed registrar);

    /// @notice The institution's own account was set; zero takes it away.
    /// @param id the institution
    /// @param controller the new one
    event ControllerChanged(bytes32 indexed id, address indexed controller);

    /// @notice The status log grew by one entry.
    /// @param id the institution
    /// @param status the new standing
    /// @param from time from which it holds
    /// @param successorDid DID of the successor when merged, else empty
    event StatusChanged(bytes32 indexed id, IssuerStatus indexed status, uint64 from, string successorDid);

    /// @notice A period of accreditation began, or the end of the running one was changed.
    /// @param id the institution
    /// @param typeHash keccak256 of the type's name
    /// @param credentialType the type's name
    /// @param from start of the period, which identifies it
    /// @param until its end, 0 = none set
    event AccreditationChanged(
        bytes32 indexed id, bytes32 indexed typeHash, string credentialType, uint64 from, uint64 until
    );

    /// @notice A period of an anchorer began, or the end of the running one was changed.
    /// @param id the institution
    /// @param anchorer the address
    /// @param from start of the period, which identifies it
    /// @param until its end, 0 = none set
    event AnchorerChanged(bytes32 indexed id, address indexed anchorer, uint64 from, uint64 until);

    /// @notice The key log grew by one key.
    /// @param id the institution
    /// @param keyDigest SHA-256 of the multikey's ASCII
    /// @param from time from which it may sign
    event KeyAdded(bytes32 indexed id, bytes32 indexed keyDigest, uint64 from);

    /// @notice The end of a key was set, or moved earlier.
    /// @param id the institution
    /// @param keyDigest the key
    /// @param until time from which it may no longer sign
    event KeyRetired(bytes32 indexed id, bytes32 indexed keyDigest, uint64 until);

    /// @notice A key counts as compromised from `since` on.
    /// @param id the institution
    /// @param keyDigest the key
    /// @param since what was anchored from then on does not stand
    /// @param reporter who reported, or the guardian who confirmed
    event KeyCompromised(
        bytes32 indexed id, bytes32 indexed keyDigest, uint64 since, address indexed reporter
    );

    /// @notice A compromise of more than 24 hours ago was reported: it waits for a guardian.
    /// @param id the institution
    /// @param keyDigest the key
    /// @param since the time asked for
    /// @param requester who asked
    event CompromiseRequested(
        bytes32 indexed id, bytes32 indexed keyDigest, uint64 since, address indexed requester
    );

    /// @notice A delegated accreditor was allowed, or no longer allowed, to accredit for a type.
    /// @param delegate the delegated accreditor
    /// @param typeHash keccak256 of the type's name
    /// @param credentialType the type's name
    /// @param allowed whether it may
    event DelegateTypeChanged(
        address indexed delegate, bytes32 indexed typeHash, string credentialType, bool allowed
    );

    /// @notice No admin was given.
    error IssuerRegistryZeroAdmin();
    /// @notice No institution has this id.
    /// @param id the id
    error IssuerRegistryUnknownIssuer(bytes32 id);
    /// @notice The DID is registered already.
    /// @param id its id
    error IssuerRegistryAlreadyRegistered(bytes32 id);
    /// @notice The caller may not do this to this institution.
    /// @param id the institution
    /// @param caller the caller
    error IssuerRegistryNotAllowed(bytes32 id, address caller);
    /// @notice The delegated accreditor may not accredit for this type.
    /// @param delegate the caller
    /// @param credentialType the type
    error IssuerRegistryTypeNotDelegated(address delegate, string credentialType);
    /// @notice A time lies in the past.
    /// @param time the time given
    /// @param blockTime the block's time
    error IssuerRegistryTimeInPast(uint64 time, uint64 blockTime);
    /// @notice No time was given where one is needed.
    error IssuerRegistryZeroTime();
    /// @notice No period runs that could be ended.
    /// @param id the institution
    error IssuerRegistryNoRunningPeriod(bytes32 id);
    /// @notice The end may not move this way: granting only moves it later, ending only earlier.
    /// @param current the present end, 0 = none set
    /// @param wanted the end given
    error IssuerRegistryEndNotMoved(uint64 current, uint64 wanted);
    /// @notice The address is zero.
    error IssuerRegistryZeroAddress();
    /// @notice The key digest is zero.
    error IssuerRegistryZeroKey();
    /// @notice The key is in the log already; a retired key never comes back.
    /// @param keyDigest the key
    error IssuerRegistryKeyExists(bytes32 keyDigest);
    /// @notice The key is not in this institution's log.
    /// @param keyDigest the key
    error IssuerRegistryUnknownKey(bytes32 keyDigest);
    /// @notice A compromise may only move earlier.
    /// @param current the time that holds now
    /// @param wanted the time given
    error IssuerRegistrySinceNotEarlier(uint64 current, uint64 wanted);
    /// @notice Nobody has asked for this compromise time, or the caller alone has.
    /// @param keyDigest the key
    /// @param since the time
    error IssuerRegistryNoRequest(bytes32 keyDigest, uint64 since);
    /// @notice The institution has this standing already.
    /// @param status the standing
    error IssuerRegistrySameStatus(IssuerStatus status);
    /// @notice A merger needs a registered successor other than itself, any other standing needs none.
    /// @param successorDid the DID given
    error IssuerRegistryBadSuccessor(string successorDid);
    /// @notice The institution has as many entries of this kind as are accepted.
    /// @param maximum how many are
    error IssuerRegistryTooMany(uint256 maximum);

    /// @notice Enter an institution, active from now on. For accreditors and delegated accreditors.
    /// @param did its DID, visible ASCII, at most 256 bytes
    /// @param nameKo name in Korean, at most 200 bytes of UTF-8
    /// @param nameEn name in English, at most 200 bytes of UTF-8
    /// @param url credential issuer identifier, http or https, at most 256 bytes
    /// @return id keccak256 of the DID
    function registerIssuer(
        string calldata did,
        string calldata nameKo,
        string calldata nameEn,
        string calldata url
    ) external returns (bytes32 id);

    /// @notice Set names and URL. For its accreditors.
    /// @param id the institution
    /// @param nameKo name in Korean
    /// @param nameEn name in English
    /// @param url credential issuer identifier
    function setNames(bytes32 id, string calldata nameKo, string calldata nameEn, string calldata url) external;

    /// @notice Set the institution's own account, which may retire keys, end anchorers and report
    /// compromise, and can add nothing. For its accreditors.
    /// @param id the institution
    /// @param controller the account, zero for none
    function setController(bytes32 id, address controller) external;

    /// @notice Hand an entry to another delegated accreditor, or reclaim it. For accreditors.
    /// @param id the institution
    /// @param registrar who answers for the entry from now on
    function setRegistrar(bytes32 id, address registrar) external;

    /// @notice Let a delegated accreditor accredit for a type, or no longer. For accreditors.
    /// @param delegate the delegated accreditor
    /// @param credentialType the type's name
    /// @param allowed whether it may
    function setDelegateType(address delegate, string calldata credentialType, bool allowed) external;

    /// @notice Change the standing from now on.
    /// @dev A guardian may suspend what is active, at once. A delegated accreditor may take its own entries
    /// out of force; making an entry active again is for accreditors.
    /// @param id the institution
    /// @param status the new standing
    /// @param successorDid DID of a registered successor when merged, else empty
    function setStatus(bytes32 id, IssuerStatus status, string calldata successorDid) external;

    /// @notice Accredit for a type from now on, or move the end of the running period later.
    /// @dev A delegated accreditor needs {setDelegateType} first. An accreditor who grants a type that the entry's
    /// registrar was not given takes the entry over first ({setRegistrar}): the registrar may add keys to it.
    /// @param id the institution
    /// @param credentialType the type's name, at most 64 bytes
    /// @param until end of the period, in the future; 0 = none set
    function accredit(bytes32 id, string calldata credentialType, uint64 until) external;

    /// @notice Move the end of the running accreditation earlier. For its accreditors.
    /// @param id the institution
    /// @param credentialType the type's name
    /// @param until the end, not in the past; 0 = now
    function endAccreditation(bytes32 id, string calldata credentialType, uint64 until) external;

    /// @notice Let an address anchor and publish status for the institution from now on. A period that runs
    /// with an end set loses its end. For its accreditors.
    /// @param id the institution
    /// @param anchorer the address
    function authorizeAnchorer(bytes32 id, address anchorer) external;

    /// @notice Move the end of an anchorer's running period earlier. For its accreditors, its controller and
    /// guardians.
    /// @param id the institution
    /// @param anchorer the address
    /// @param until the end, not in the past; 0 = now
    function endAnchorer(bytes32 id, address anchorer, uint64 until) external;

    /// @notice Add a key to the log. For its accreditors; never for its controller.
    /// @param id the institution
    /// @param keyDigest SHA-256 of the multikey's ASCII
    /// @param from time from which it may sign, not in the past; 0 = now
    function addKey(bytes32 id, bytes32 keyDigest, uint64 from) external;

    /// @notice Set the end of a key, or move it earlier. For its accreditors and its controller.
    /// @param id the institution
    /// @param keyDigest the key
    /// @param until the end, not in the past; 0 = now
    function retireKey(bytes32 id, bytes32 keyDigest, uint64 until) external;

    /// @notice Report that a key is in other hands since `since`. For its accreditors, its controller and
    /// guardians.
    /// @dev Acts at once, but at most 24 hours back; an earlier time is recorded as a request that a guardian
    /// other than the requester must confirm. A time in the future counts as now.
    /// @param id the institution
    /// @param keyDigest the key
    /// @param since the time, not 0
    function reportCompromise(bytes32 id, bytes32 keyDigest, uint64 since) external;

    /// @notice Confirm a compromise that was requested for exactly this time. For guardians.
    /// @param id the institution
    /// @param keyDigest the key
    /// @param since the time that was requested
    function confirmCompromise(bytes32 id, bytes32 keyDigest, uint64 since) external;

    /// @notice Read everything about an institution.
    /// @param id keccak256 of the DID
    /// @return issuer the entry; `exists` is false and all else empty when there is none
    function getIssuer(bytes32 id) external view returns (Issuer memory issuer);

    /// @notice Tell who asked for a compromise time that waits for, or had, a guardian's confirmation.
    /// @param id the institution
    /// @param keyDigest the key
    /// @param since the time
    /// @return requester the last account that asked, zero when nobody has
    function compromiseRequest(bytes32 id, bytes32 keyDigest, uint64 since)
        external
        view
        returns (address requester);

    /// @notice Tell whether a delegated accreditor may accredit for a type.
    /// @param delegate the delegated accreditor
    /// @param credentialType the type's name
    /// @return allowed whether it may
    function delegateMayAccredit(address delegate, string calldata credentialType)
        external
        view
        returns (bool allowed);
}
