// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IIssuerRegistry as I} from "../interfaces/IIssuerRegistry.sol";

/// @notice The verifier's rules about an anchored credential, as digital_resume/core/verification/trust_checks.py and
/// digital_resume/core/trust/issuers.py have them: `judge_anchor`, `check_issuer`, `status_at`, `accredited_at`,
/// `anchorer_at`, `publisher_at`.
library TrustRules {
    struct Anchor {
        address submitter;
        uint64 time;
    }

    struct Credential {
        string credentialType;
        bytes32 keyDigest;
        Anchor[] anchors;
    }

    /// The earliest authorised anchor is decisive; key, standing and accreditation are judged at its time.
    function accepted(I.Issuer memory issuer, Credential memory c) internal pure returns (bool) {
        uint64 decisive = 0;
        for (uint256 i = 0; i < c.anchors.length; ++i) {
            Anchor memory a = c.anchors[i];
            if (!anchorerAt(issuer, a.submitter, a.time)) continue;
            if (decisive == 0 || a.time < decisive) decisive = a.time;
        }
        return decisive != 0 && _keyGood(issuer, c.keyDigest, decisive)
            && statusIs(issuer, I.IssuerStatus.Active, decisive)
            && _accreditedAt(issuer, c.credentialType, decisive);
    }

    function publisherAt(I.Issuer memory issuer, address publisher, uint64 moment, uint64 publishedAt)
        internal
        pure
        returns (bool)
    {
        if (anchorerAt(issuer, publisher, moment)) return true;
        bool ended = statusIs(issuer, I.IssuerStatus.Closed, moment)
            || statusIs(issuer, I.IssuerStatus.Merged, moment);
        return ended && anchorerAt(issuer, publisher, publishedAt);
    }

    function anchorerAt(I.Issuer memory issuer, address anchorer, uint64 moment) internal pure returns (bool) {
        for (uint256 i = 0; i < issuer.anchorers.length; ++i) {
            I.AnchorerGrant memory g = issuer.anchorers[i];
            if (g.anchorer == anchorer && _covers(g.from, g.until, moment)) return true;
        }
        return false;
    }

    function statusIs(I.Issuer memory issuer, I.IssuerStatus wanted, uint64 moment)
        internal
        pure
        returns (bool is_)
    {
        for (uint256 i = 0; i < issuer.statusLog.length; ++i) {
            if (issuer.statusLog[i].from <= moment) is_ = issuer.statusLog[i].status == wanted;
        }
    }

    function _accreditedAt(I.Issuer memory issuer, string memory kind, uint64 moment)
        private
        pure
        returns (bool)
    {
        bytes32 wanted = keccak256(bytes(kind));
        for (uint256 i = 0; i < issuer.accreditations.length; ++i) {
            I.Accreditation memory p = issuer.accreditations[i];
            if (keccak256(bytes(p.credentialType)) == wanted && _covers(p.from, p.until, moment)) return true;
        }
        return false;
    }

    function _keyGood(I.Issuer memory issuer, bytes32 digest, uint64 moment) private pure returns (bool) {
        for (uint256 i = 0; i < issuer.keys.length; ++i) {
            I.KeyEntry memory k = issuer.keys[i];
            if (k.digest != digest) continue;
            if (k.compromisedSince != 0 && moment >= k.compromisedSince) return false;
            return _covers(k.from, k.until, moment);
        }
        return false;
    }

    function _covers(uint64 from, uint64 until, uint64 moment) private pure returns (bool) {
        return from <= moment && (until == 0 || moment < until);
    }
}
