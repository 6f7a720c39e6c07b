//! What kind of token a caller sent, read from its bytes alone, as a server does before it hands a token to a mechanism.
//!
//! ```text
//! NTLMSSP\0 …                                raw NTLM
//! 60 len 06 09 <Kerberos> 01 00 6e …         Kerberos: GSS-API frame, token ID, AP-REQ
//! 60 len 06 06 <SPNEGO> a0 … mechTypes, mechToken   SPNEGO, first token (RFC 4178)
//! a1 …                                       SPNEGO, a later token
//! ```
//!
//! A Kerberos token without the GSS-API frame is the DCE style, which http.sys refuses; so does the lab.

/// The signature every raw NTLM message begins with.
pub(super) const NTLM: &[u8] = b"NTLMSSP\0";

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// NTLM by itself.
    Ntlm,
    /// The first SPNEGO token, with NTLM in it or asked for.
    SpnegoNtlm,
    /// A SPNEGO token that goes on.
    SpnegoNext,
    /// A Kerberos AP-REQ, by itself or in the first SPNEGO token.
    Kerberos,
    /// Nothing that a site takes.
    Other,
}

/// Object identifiers in DER, without tag and length.
const SPNEGO: &[u8] = b"\x2b\x06\x01\x05\x05\x02";
const NTLM_MECHANISM: &[u8] = b"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";
const KERBEROS: &[u8] = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02";
/// The same with the slip of an early Windows, which Windows still offers first.
const KERBEROS_OF_WINDOWS: &[u8] = b"\x2a\x86\x48\x82\xf7\x12\x01\x02\x02";

/// Tags in DER.
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTETS: u8 = 0x04;
const SEQUENCE: u8 = 0x30;
const GSS_FRAME: u8 = 0x60;
const FIRST_TOKEN: u8 = 0xa0;
const NEXT_TOKEN: u8 = 0xa1;
const MECHANISM_TYPES: u8 = 0xa0;
const MECHANISM_TOKEN: u8 = 0xa2;
/// What follows the mechanism in a Kerberos frame: the ID of an AP-REQ, and the AP-REQ's own tag.
const AP_REQ: &[u8] = b"\x01\x00\x6e";

/// Reads what a token is.
pub(super) fn kind(token: &[u8]) -> Kind {
    if token.starts_with(NTLM) {
        return Kind::Ntlm;
    }
    match token.first() {
        Some(&NEXT_TOKEN) => Kind::SpnegoNext,
        Some(&GSS_FRAME) => framed(token).unwrap_or(Kind::Other),
        _ => Kind::Other,
    }
}

/// A token in a GSS-API frame, which names its mechanism.
fn framed(token: &[u8]) -> Option<Kind> {
    let (mechanism, inner) = unframed(token)?;
    if mechanism == SPNEGO {
        return first_of_spnego(inner);
    }
    Some(if is_kerberos(mechanism) && inner.starts_with(AP_REQ) {
        Kind::Kerberos
    } else {
        Kind::Other
    })
}

/// The first SPNEGO token: its inner token counts where there is one, else the mechanism that the caller likes best.
fn first_of_spnego(inner: &[u8]) -> Option<Kind> {
    let (sequence, _) = expect(inner, FIRST_TOKEN)?;
    let (mut members, _) = expect(sequence, SEQUENCE)?;
    let (mut mechanisms, mut carried) = (&[][..], None);
    while !members.is_empty() {
        let (tag, content, rest) = element(members)?;
        match tag {
            MECHANISM_TYPES => (mechanisms, _) = expect(content, SEQUENCE)?,
            MECHANISM_TOKEN => carried = Some(expect(content, OCTETS)?.0),
            _ => {}
        }
        members = rest;
    }
    let (first, _) = expect(mechanisms, OBJECT_IDENTIFIER)?;
    let carried_ntlm = carried.is_some_and(|token| token.starts_with(NTLM));
    Some(match carried.map(kind) {
        Some(Kind::Kerberos) => Kind::Kerberos,
        _ if carried_ntlm || (carried.is_none() && first == NTLM_MECHANISM) => Kind::SpnegoNtlm,
        _ => Kind::Other,
    })
}

fn is_kerberos(mechanism: &[u8]) -> bool {
    [KERBEROS, KERBEROS_OF_WINDOWS].contains(&mechanism)
}

/// The mechanism of a GSS-API frame, and what it holds.
fn unframed(token: &[u8]) -> Option<(&[u8], &[u8])> {
    let (content, _) = expect(token, GSS_FRAME)?;
    expect(content, OBJECT_IDENTIFIER)
}

/// The content of an element that has this tag, and what follows it.
fn expect(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, content, rest) = element(bytes)?;
    (tag == wanted).then_some((content, rest))
}

/// The first element in DER: tag, content, and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = match usize::from(short) {
        length @ ..0x80 => (length, rest),
        long => {
            // Four digits of length are more than a header can carry.
            let digits = (long - 0x80).min(5);
            let (digits, rest) = rest.split_at_checked(digits).filter(|_| (1..=4).contains(&digits))?;
            let length = digits.iter().fold(0_usize, |sum, digit| sum << 8 | usize::from(*digit));
            (length, rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
pub(in crate::lab::site) mod tests {
    use super::*;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = content.len();
        let mut bytes = vec![tag];
        match length {
            ..0x80 => bytes.push(length as u8),
            0x80..0x100 => bytes.extend([0x81, length as u8]),
            _ => bytes.extend([0x82, (length >> 8) as u8, length as u8]),
        }
        bytes.extend(content);
        bytes
    }

    fn framed_as(mechanism: &[u8], inner: &[u8]) -> Vec<u8> {
        der(GSS_FRAME, &[&der(OBJECT_IDENTIFIER, mechanism), inner].concat())
    }

    /// A token with the frame of an AP-REQ, and nothing true in it.
    pub(in crate::lab::site) fn ap_req() -> Vec<u8> {
        framed_as(KERBEROS, &[&[1, 0][..], &der(0x6e, &[0x30; 900])].concat())
    }

    /// A first SPNEGO token.
    pub(in crate::lab::site) fn spnego(mechanisms: &[&[u8]], carried: Option<&[u8]>) -> Vec<u8> {
        let mechanisms: Vec<u8> = mechanisms
            .iter()
            .flat_map(|each| der(OBJECT_IDENTIFIER, each))
            .collect();
        let mut members = der(MECHANISM_TYPES, &der(SEQUENCE, &mechanisms));
        if let Some(carried) = carried {
            members.extend(der(MECHANISM_TOKEN, &der(OCTETS, carried)));
        }
        framed_as(SPNEGO, &der(FIRST_TOKEN, &der(SEQUENCE, &members)))
    }

    /// As Windows sends it: Kerberos first, NTLM as what else there is.
    pub(in crate::lab::site) fn ap_req_in_spnego() -> Vec<u8> {
        spnego(&[KERBEROS_OF_WINDOWS, KERBEROS, NTLM_MECHANISM], Some(&ap_req()))
    }

    #[test]
    fn each_kind_by_its_bytes() {
        let ntlm = [NTLM, &[1, 0, 0, 0]].concat();
        for (token, expected) in [
            (ntlm.clone(), Kind::Ntlm),
            (ap_req(), Kind::Kerberos),
            (framed_as(KERBEROS_OF_WINDOWS, b"\x01\x00\x6e\x00"), Kind::Kerberos),
            (ap_req_in_spnego(), Kind::Kerberos),
            (spnego(&[NTLM_MECHANISM], Some(&ntlm)), Kind::SpnegoNtlm),
            (spnego(&[NTLM_MECHANISM], None), Kind::SpnegoNtlm),
            // What was carried counts, not what was liked best.
            (spnego(&[KERBEROS, NTLM_MECHANISM], Some(&ntlm)), Kind::SpnegoNtlm),
            (b"\xa1\x03\x02\x01\x00".to_vec(), Kind::SpnegoNext),
            // Offered, and nothing to check.
            (spnego(&[KERBEROS, NTLM_MECHANISM], None), Kind::Other),
            (spnego(&[b"\x2a\x03"], Some(b"x")), Kind::Other),
            // DCE style: no frame.
            (der(0x6e, &[0x30; 40]), Kind::Other),
            // An answer is no request.
            (framed_as(KERBEROS, b"\x02\x00\x6f\x00"), Kind::Other),
            (b"\x60".to_vec(), Kind::Other),
            (b"\x60\x84\xff\xff\xff\xff".to_vec(), Kind::Other),
            (b"\x60\x80\x00\x00".to_vec(), Kind::Other),
            (Vec::new(), Kind::Other),
        ] {
            assert_eq!(kind(&token), expected, "{token:x?}");
        }
        for whole in [ap_req(), ap_req_in_spnego(), spnego(&[NTLM_MECHANISM], Some(&ntlm))] {
            for length in 0..whole.len() {
                assert_eq!(kind(&whole[..length]), Kind::Other, "cut after {length}");
            }
        }
    }
}
