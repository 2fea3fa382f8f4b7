// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Rules for text that people or programs will read from the registry
/// @notice Bounds lengths and refuses what nobody can read and what could mislead a reader: bytes that are not
/// UTF-8 and control characters everywhere, invisible and direction-changing characters in names. Unicode normal
/// form and look-alikes are checked before sending, off the chain, because doing so here would cost more than it
/// protects.
library RegistryText {
    /// @notice The text is empty or too long.
    /// @param length its length in bytes
    /// @param maximum the most that is accepted
    error RegistryTextLength(uint256 length, uint256 maximum);

    /// @notice The text has a character that is not accepted in it, or bytes that are none.
    /// @param position offset of its first byte
    error RegistryTextCharacter(uint256 position);

    /// @notice The text does not begin as it must.
    /// @param prefix the wanted beginning
    error RegistryTextPrefix(string prefix);

    /// @notice Refuse a name that is empty, longer than `maximum` bytes, not UTF-8 or not plainly readable.
    /// @param text the name
    /// @param maximum most bytes
    function checkName(string memory text, uint256 maximum) internal pure {
        bytes memory raw = bytes(text);
        _checkLength(raw.length, maximum);
        uint256 i = 0;
        while (i < raw.length) {
            uint8 b = uint8(raw[i]);
            if (b < 0x20 || b == 0x7f) revert RegistryTextCharacter(i);
            uint256 size = b < 0x80 ? 1 : _sequenceLength(raw, i);
            if (size == 0) revert RegistryTextCharacter(i);
            if (size > 1 && _isInvisible(b, uint8(raw[i + 1]), size > 2 ? uint8(raw[i + 2]) : 0)) {
                revert RegistryTextCharacter(i);
            }
            i += size;
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
        if (raw.length <= start.length) revert RegistryTextPrefix(prefix);
        for (uint256 i = 0; i < raw.length; ++i) {
            if (i < start.length && raw[i] != start[i]) revert RegistryTextPrefix(prefix);
            uint8 b = uint8(raw[i]);
            if (b < 0x21 || b > 0x7e) revert RegistryTextCharacter(i);
        }
    }

    function _checkLength(uint256 length, uint256 maximum) private pure {
        if (length == 0 || length > maximum) revert RegistryTextLength(length, maximum);
    }

    /// @dev Length of the well-formed sequence of two to four bytes that begins at `i`, 0 where none does
    /// (The Unicode Standard, table 3-7: no overlong form, no surrogate, nothing beyond U+10FFFF).
    function _sequenceLength(bytes memory raw, uint256 i) private pure returns (uint256 size) {
        uint8 first = uint8(raw[i]);
        if (first < 0xc2 || first > 0xf4) return 0;
        size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        if (i + size > raw.length) return 0;
        uint8 second = uint8(raw[i + 1]);
        if (first == 0xe0 && second < 0xa0) return 0;
        if (first == 0xed && second > 0x9f) return 0;
        if (first == 0xf0 && second < 0x90) return 0;
        if (first == 0xf4 && second > 0x8f) return 0;
        for (uint256 k = 1; k < size; ++k) {
            if (uint8(raw[i + k]) & 0xc0 != 0x80) return 0;
        }
    }

    /// @dev Whether a UTF-8 sequence is a control, a bidi control, or a letter or mark that is drawn as nothing.
    function _isInvisible(uint8 first, uint8 second, uint8 third) private pure returns (bool) {
        // U+0080-009F, U+00AD soft hyphen; U+034F joiner; U+061C Arabic letter mark
        if (first == 0xc2) return second <= 0x9f || second == 0xad;
        if (first == 0xcd) return second == 0x8f;
        if (first == 0xd8) return second == 0x9c;
        // U+115F-1160 Hangul fillers; U+17B4-17B5; U+180B-180F
        if (first == 0xe1 && second == 0x85) return third == 0x9f || third == 0xa0;
        if (first == 0xe1 && second == 0x9e) return third == 0xb4 || third == 0xb5;
        if (first == 0xe1 && second == 0xa0) return third >= 0x8b && third <= 0x8f;
        // U+200B-200F, U+2028-202E; U+2060-206F
        if (first == 0xe2 && second == 0x80) {
            return (third >= 0x8b && third <= 0x8f) || (third >= 0xa8 && third <= 0xae);
        }
        if (first == 0xe2 && second == 0x81) return third >= 0xa0 && third <= 0xaf;
        // U+3164 Hangul filler
        if (first == 0xe3 && second == 0x85) return third == 0xa4;
        // U+FE00-FE0F variation selectors; U+FEFF; U+FFA0 half-width Hangul filler; U+FFF9-FFFB
        if (first == 0xef && second == 0xb8) return third <= 0x8f;
        if (first == 0xef && second == 0xbb) return third == 0xbf;
        if (first == 0xef && second == 0xbe) return third == 0xa0;
        if (first == 0xef && second == 0xbf) return third >= 0xb9 && third <= 0xbb;
        // U+E0000-E0FFF: tags and further variation selectors
        return first == 0xf3 && second == 0xa0;
    }
}
