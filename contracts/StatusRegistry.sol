// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IStatusRegistry} from "./interfaces/IStatusRegistry.sol";

/// @title Current root of a publisher's status lists
/// @notice See {IStatusRegistry}.
contract StatusRegistry is IStatusRegistry {
    /// @dev Two storage slots: a heartbeat rewrites the second alone.
    struct Head {
        bytes32 root;
        uint64 since;
        uint64 heartbeat;
        uint64 sequence;
    }

    mapping(address submitter => Head head) private _heads;

    /// @inheritdoc IStatusRegistry
    function publish(bytes32 root) external {
        if (root == bytes32(0)) revert StatusRegistryZeroRoot();
        Head storage head = _heads[msg.sender];
        uint64 time = uint64(block.timestamp);
        if (head.root == root) {
            head.heartbeat = time;
            emit StatusHeartbeat(msg.sender, root, head.sequence, time);
            return;
        }
        uint64 sequence = head.sequence + 1;
        _heads[msg.sender] = Head({root: root, since: time, heartbeat: time, sequence: sequence});
        emit StatusPublished(msg.sender, root, sequence, time);
    }

    /// @inheritdoc IStatusRegistry
    function latest(address submitter)
        external
        view
        returns (bytes32 root, uint64 since, uint64 heartbeat, uint64 sequence)
    {
        Head storage head = _heads[submitter];
        return (head.root, head.since, head.heartbeat, head.sequence);
    }
}
