// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Current root of a publisher's status lists
/// @notice Holds, for each submitter, one root over all its status lists and a heartbeat that says the
/// root is still current. An older list cannot pass as current and two readers cannot be shown two lists.
/// @dev The contract has no owner: anyone may publish under their own address. Whether a submitter speaks
/// for an institution is said by `IIssuerRegistry`. Earlier roots are read from the events.
interface IStatusRegistry {
    /// @notice A submitter's root changed.
    /// @param submitter the address that published
    /// @param root the new root over the lists' digests
    /// @param sequence number of this version, from 1, growing by one a change
    /// @param time the block's time, seconds since 1970-01-01 UTC
    event StatusPublished(address indexed submitter, bytes32 indexed root, uint64 sequence, uint64 time);

    /// @notice A submitter repeated its current root: nothing changed until now.
    /// @param submitter the address that published
    /// @param root the root that is still current
    /// @param sequence number of that version
    /// @param time the block's time, seconds since 1970-01-01 UTC
    event StatusHeartbeat(address indexed submitter, bytes32 indexed root, uint64 sequence, uint64 time);

    /// @notice The root is zero, which no tree has.
    error StatusRegistryZeroRoot();

    /// @notice Make `root` the caller's current root, or, when it is so already, say that it still is.
    /// @param root root of the RFC 9162 tree over the lists' status entries, not zero
    function publish(bytes32 root) external;

    /// @notice Read the current root of `submitter`.
    /// @param submitter the address that publishes
    /// @return root the current root; 0 when nothing was ever published
    /// @return since time at which this root became current
    /// @return heartbeat time at which it was last said to be current
    /// @return sequence number of this version, from 1
    function latest(address submitter)
        external
        view
        returns (bytes32 root, uint64 since, uint64 heartbeat, uint64 sequence);
}
