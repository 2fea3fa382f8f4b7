// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IssuerRegistryFixture} from "./IssuerRegistry.t.sol";
import {RegistryText} from "../lib/RegistryText.sol";

/// @notice A name that looks like another's because it holds something that is drawn as nothing.
contract ReviewRegistryTextTest is IssuerRegistryFixture {
    function test_WhatIsDrawnAsNothingIsRefusedInNames() public {
        string[14] memory names = [
            unicode"새벽\u0085",
            unicode"새벽\u00ad",
            unicode"새벽\u034f",
            unicode"새벽\u061c",
            unicode"새벽\u115f",
            unicode"새벽\u1160",
            unicode"새벽\u180e",
            unicode"새벽\u200b",
            unicode"새벽\u2066",
            unicode"새벽\u3164",
            unicode"새벽\ufe0f",
            unicode"새벽\ufeff",
            unicode"새벽\uffa0",
            unicode"새벽\ufff9"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(RegistryText.RegistryTextCharacter.selector, 6));
            vm.prank(ACCREDITOR);
            registry.registerIssuer("did:web:x", names[i], "x", "https://x");
        }
    }

    function test_OrdinaryNamesAreKept() public {
        string[4] memory names = [unicode"새벽대학교(시연용)", unicode"École d’été №1", unicode"東京大学", unicode"Đại học Hà Nội"];
        for (uint256 i = 0; i < names.length; ++i) {
            vm.prank(ACCREDITOR);
            registry.setNames(ID, names[i], "x", "https://x");
        }
    }
}
