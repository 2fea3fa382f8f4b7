// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerRegistryFixture} from "./IssuerRegistry.t.sol";
import {RegistryText} from "../lib/RegistryText.sol";

/// @notice A name that looks like another's because it holds something that is drawn as nothing.
contract RegistryTextTest is IssuerRegistryFixture {
    function test_WhatIsDrawnAsNothingIsRefusedInNames() public {
        string[24] memory names = [
            unicode"새벽\u0085",
            unicode"새벽\u00ad",
            unicode"새벽\u034f",
            unicode"새벽\u061c",
            unicode"새벽\u115f",
            unicode"새벽\u1160",
            unicode"새벽\u17b4",
            unicode"새벽\u17b5",
            unicode"새벽\u180b",
            unicode"새벽\u180f",
            unicode"새벽\u200b",
            unicode"새벽\u2028",
            unicode"새벽\u202e",
            unicode"새벽\u2060",
            unicode"새벽\u2066",
            unicode"새벽\u206f",
            unicode"새벽\u3164",
            unicode"새벽\ufe0f",
            unicode"새벽\ufeff",
            unicode"새벽\uffa0",
            unicode"새벽\ufff9",
            unicode"새벽\ufffb",
            // U+E0041 and U+E01EF
            string(bytes.concat(unicode"새벽", hex"f3a08181")),
            string(bytes.concat(unicode"새벽", hex"f3a087af"))
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(RegistryText.RegistryTextCharacter.selector, 6));
            vm.prank(ACCREDITOR);
            registry.registerIssuer("did:web:x", names[i], "x", "https://x");
        }
    }

    /// The neighbours of what is refused: the first and the last beside each range.
    function test_NeighboursOfWhatIsRefusedAreKept() public {
        string[18] memory names = [
            unicode"a\u00a1",
            unicode"a\u034e",
            unicode"a\u061b",
            unicode"a\u115e",
            unicode"a\u1161",
            unicode"a\u17b3",
            unicode"a\u17b6",
            unicode"a\u180a",
            unicode"a\u1810",
            unicode"a\u200a",
            unicode"a\u2010",
            unicode"a\u2027",
            unicode"a\u202f",
            unicode"a\u205f",
            unicode"a\u2070",
            unicode"a\u3163",
            unicode"a\ufff8",
            unicode"a\ufffd"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.prank(ACCREDITOR);
            registry.setNames(ID, names[i], "x", "https://x");
        }
    }

    /// Table 3-7 of the Unicode Standard from outside: a lone byte, each overlong form, surrogates, too far, cut.
    function test_BytesThatAreNotUtf8AreRefusedInNames() public {
        bytes[19] memory wrong = [
            bytes(hex"80"),
            hex"bf61",
            hex"c0af",
            hex"c1bf",
            hex"f5808080",
            hex"ff",
            hex"c3",
            hex"c328",
            hex"c3c3",
            hex"e09fbf",
            hex"eda080",
            hex"edbfbf",
            hex"ec83",
            hex"ec8361",
            hex"ec6183",
            hex"f08fbfbf",
            hex"f4908080",
            hex"f09f9861",
            hex"f09f98"
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            string memory name = string(bytes.concat(unicode"새벽", wrong[i]));
            vm.startPrank(ACCREDITOR);
            _refused(abi.encodeWithSelector(RegistryText.RegistryTextCharacter.selector, 6));
            registry.registerIssuer("did:web:x", name, "x", "https://x");
            _refused(abi.encodeWithSelector(RegistryText.RegistryTextCharacter.selector, 6));
            registry.setNames(ID, "x", name, "https://x");
            vm.stopPrank();
        }
    }

    /// Table 3-7 from inside: the first and the last sequence of each row.
    function test_FirstAndLastSequenceOfEachLengthAreKept() public {
        bytes[14] memory right = [
            bytes(hex"c2a1"),
            hex"dfbf",
            hex"e0a080",
            hex"e0bfbf",
            hex"e18080",
            hex"ecbfbf",
            hex"ed8080",
            hex"ed9fbf",
            hex"ee8080",
            hex"efbfbd",
            hex"f0908080",
            hex"f1808080",
            hex"f3b08080",
            hex"f48fbfbf"
        ];
        for (uint256 i = 0; i < right.length; ++i) {
            vm.prank(ACCREDITOR);
            registry.setNames(ID, string(right[i]), "x", "https://x");
        }
    }

    function test_OrdinaryNamesAreKept() public {
        string[6] memory names = [
            unicode"새벽대학교(시연용)",
            unicode"École d’été №1",
            unicode"東京大学",
            unicode"Đại học Hà Nội",
            unicode"ひらがな大学",
            unicode"ＡＢＣ대학교"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.prank(ACCREDITOR);
            registry.setNames(ID, names[i], "x", "https://x");
        }
    }

    function test_TypeIsNamedWithinBounds() public {
        vm.startPrank(ACCREDITOR);
        _refused(abi.encodeWithSelector(RegistryText.RegistryTextLength.selector, 0, 64));
        registry.accredit(ID, "", 0);
        _refused(abi.encodeWithSelector(RegistryText.RegistryTextLength.selector, 65, 64));
        registry.accredit(ID, "A234567890123456789012345678901234567890123456789012345678901234x", 0);
        registry.accredit(ID, "A", 0);
        vm.stopPrank();
    }
}
