//! What a raw NTLM message says of itself.

use super::token::NTLM;

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let part = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(part.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let part = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(part.try_into().ok()?))
}

/// The type of a raw NTLM message: 1 negotiate, 2 challenge, 3 authenticate.
pub(super) fn message_type(token: &[u8]) -> Option<u32> {
    u32_at(token, NTLM.len())
}

/// Whether an authenticate message announces the integrity code, in the very form in which `sspi` looks for it: the flag
/// for target information in the header, and `MsvAvFlags` of exactly 2 among the pairs of the NTLMv2 response.
pub(super) fn announces_integrity_code(message: &[u8]) -> bool {
    const TARGET_INFORMATION: u32 = 0x0080_0000;
    const RESPONSE_FIELDS: usize = 20;
    const FLAGS: usize = 60;
    // The proof and the fixed part of the response stand before its pairs.
    const PAIRS: usize = 44;
    let pairs = || {
        let length = usize::from(u16_at(message, RESPONSE_FIELDS)?);
        let start = usize::try_from(u32_at(message, RESPONSE_FIELDS + 4)?).ok()?;
        message.get(start..start.checked_add(length)?)?.get(PAIRS..)
    };
    let has_flag = u32_at(message, FLAGS).is_some_and(|flags| flags & TARGET_INFORMATION != 0);
    has_flag && pairs().and_then(first_flags) == Some(2)
}

/// The value of the first `MsvAvFlags` pair.
fn first_flags(mut pairs: &[u8]) -> Option<u32> {
    const FLAGS: u16 = 6;
    loop {
        let length = usize::from(u16_at(pairs, 2)?);
        if u16_at(pairs, 0)? == FLAGS {
            return u32_at(pairs, 4);
        }
        pairs = pairs.get(4_usize.checked_add(length)?..)?;
    }
}
