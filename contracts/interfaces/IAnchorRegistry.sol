// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Log of anchored roots
/// @notice Keeps the time at which an address first anchored the root of an RFC 9162 tree of leaves.
/// @dev The contract has no owner and never forgets: anyone may anchor under their own address. Whether a
/// submitter speaks for an institution is said by `IIssuerRegistry`, so strangers' roots change nothing.
/// A root is a digest over digests of signed bytes: no personal data reaches the chain.
interface IAnchorRegistry {
    /// @notice A root was anchored by a submitter for the first time.
    /// @param submitter the address that anchored
    /// @param root the tree's root
    /// @param time the block's time, seconds since 1970-01-01 UTC
    event Anchored(address indexed submitter, bytes32 indexed root, uint64 time);

    /// @notice The root is zero, which no tree has.
    error AnchorRegistryZeroRoot();

    /// @notice Anchor `root` under the caller's address at the block's time.
    /// @dev A repeat is not an error: the first time is kept and no event is emitted, so a worker may send
    /// the same batch again after a crash.
    /// @param root the tree's root, not zero
    function anchor(bytes32 root) external;

    /// @notice Tell when `submitter` first anchored `root`.
    /// @param submitter the address that anchored
    /// @param root the tree's root
    /// @return time seconds since 1970-01-01 UTC; 0 when never
    function anchoredAt(address submitter, bytes32 root) external view returns (uint64 time);

    /// @notice Tell whether an inclusion proof leads from `leaf` to `root` (RFC 9162, 2.1.3.2).
    /// @dev Node = SHA-256(0x01 ‖ left ‖ right). A malformed proof is an answer, not an error: false. It does not
    /// say whether the root was anchored, nor that `size` is the tree's or `leaf` a leaf and no inner node: hash
    /// the entry yourself, SHA-256(0x00 ‖ entry), and pass nothing else.
    /// @param root the tree's root
    /// @param leaf SHA-256(0x00 ‖ entry)
    /// @param index position of the leaf, from 0
    /// @param size number of leaves of the tree
    /// @param proof the audit path, from the leaf upwards
    /// @return whether the proof holds; false for any malformed input
    function verify(bytes32 root, bytes32 leaf, uint64 index, uint64 size, bytes32[] calldata proof)
        external
        pure
        returns (bool);

    /// @notice Tell since when a leaf is anchored by `submitter`: {verify} and {anchoredAt} in one call, for
    /// contracts that act on a credential.
    /// @dev Whether `submitter` speaks for an institution, and which of its keys and accreditations held at that
    /// time, is said by `IIssuerRegistry`.
    /// @param submitter the address that anchored
    /// @param root the tree's root
    /// @param leaf SHA-256(0x00 ‖ entry), hashed by the caller
    /// @param index position of the leaf, from 0
    /// @param size number of leaves of the tree
    /// @param proof the audit path, from the leaf upwards
    /// @return time seconds since 1970-01-01 UTC; 0 when the proof does not hold or the root was never anchored
    function verifyAnchored(
        address submitter,
        bytes32 root,
        bytes32 leaf,
        uint64 index,
        uint64 size,
        bytes32[] calldata proof
    ) external view returns (uint64 time);
}
