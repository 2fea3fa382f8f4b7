// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Rules for text that people or programs will read from the registry
/// @notice Bounds lengths and refuses what could mislead a reader: control characters everywhere, invisible
/// and direction-changing characters in names. Unicode normal form and look-alikes are checked before
/// sending, off the chain, because doing so here would cost more than it protects.
library RegistryText {
    /// @notice The text is empty or too long.
    /// @param length its length in bytes
    /// @param maximum the most that is accepted
    error RegistryTextLength(uint256 length, uint256 maximum);

    /// @notice The text has a character that is not accepted in it.
    /// @param position offset of its first byte
    error RegistryTextCharacter(uint256 position);

    /// @notice The text does not begin as it must.
    /// @param prefix the wanted beginning
    error RegistryTextPrefix(string prefix);

    /// @notice Refuse a name that is empty, longer than `maximum` bytes or not plainly readable.
    /// @param text UTF-8
    /// @param maximum most bytes
    function checkName(string memory text, uint256 maximum) internal pure {
        bytes memory raw = bytes(text);
        _checkLength(raw.length, maximum);
        for (uint256 i = 0; i < raw.length; ++i) {
            uint8 b = uint8(raw[i]);
            if (b < 0x20 || b == 0x7f) revert RegistryTextCharacter(i);
            // U+200B-200F, U+2028-202E (E2 80 xx) and U+2060-206F (E2 81 xx): invisible or bidi controls
            if (b == 0xe2 && i + 2 < raw.length && _isInvisible(uint8(raw[i + 1]), uint8(raw[i + 2]))) {
                revert RegistryTextCharacter(i);
            }
        }
    }

    /// @notice Refuse an identifier that is empty, longer than `maximum` bytes, not visible ASCII, or that
    /// begins otherwise than with `prefix`.
    /// @param text the identifier
    /// @param maximum most bytes
    /// @param prefix wanted beginning, may be empty
    function checkIdentifier(string memory text, uint256 maximum, string memory prefix) internal pure {
        bytes memory raw = bytes(text);
        bytes memory start = bytes(prefix);
        _checkLength(raw.length, maximum);
        if (raw.length <= start.length && start.length != 0) revert RegistryTextPrefix(prefix);
        for (uint256 i = 0; i < raw.length; ++i) {
            if (i < start.length && raw[i] != start[i]) revert RegistryTextPrefix(prefix);
            uint8 b = uint8(raw[i]);
            if (b < 0x21 || b > 0x7e) revert RegistryTextCharacter(i);
        }
    }

    function _checkLength(uint256 length, uint256 maximum) private pure {
        if (length == 0 || length > maximum) revert RegistryTextLength(length, maximum);
    }

    function _isInvisible(uint8 second, uint8 third) private pure returns (bool) {
        if (second == 0x80) return (third >= 0x8b && third <= 0x8f) || (third >= 0xa8 && third <= 0xae);
        return second == 0x81 && third >= 0xa0 && third <= 0xaf;
    }
}
