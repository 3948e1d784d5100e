// An analyst's signed request for segment keys, sealed to a key of the browser tab (section 20.1).
namespace Moderation.Evidence;

/// <summary>What is asked for.</summary>
public sealed record KeyRequest
{
    /// <summary>16 random bytes.</summary>
    public required byte[] RequestId { get; init; }
    public required byte[] GrantId { get; init; }
    public required byte[] ContentId { get; init; }

    /// <summary>Ascending, no duplicate, 1 .. 2,048.</summary>
    public required IReadOnlyList<uint> Indices { get; init; }

    /// <summary>32 bytes: the X25519 public key to seal to.</summary>
    public required byte[] Recipient { get; init; }

    /// <summary>ms since 1970.</summary>
    public required ulong CreatedMs { get; init; }

    /// <summary>Signs it with the analyst's approval key.</summary>
    public byte[] Sign(CoseSigner analyst) =>
        CoseSign1.Sign(
            analyst,
            CoseContentTypes.KeyRequest,
            CoseLabels.KeyRequest,
            CborForm.Write(writer =>
            {
                writer.WriteStartMap(7);
                writer.Member(1, 1).Member(2, RequestId).Member(3, GrantId).Member(4, ContentId);
                writer.Member(5, Indices).Member(6, Recipient).Member(7, CreatedMs);
                writer.WriteEndMap();
            })
        );

    /// <summary>The form (first part of V3); refuses with evb1.request-malformed.</summary>
    public static Verdict<SignedKeyRequest> Parse(ReadOnlyMemory<byte> bytes)
    {
        if (CoseSign1.Parse(bytes, CoseContentTypes.KeyRequest) is not { } envelope)
            return new EvidenceRefusal(EvidenceCodes.RequestMalformed);
        var request = CborForm.Read(
            envelope.Payload,
            reader =>
            {
                reader.StartMap(7);
                reader.Key(1);
                reader.Constant(1);
                reader.Key(2);
                var requestId = reader.Bytes(16);
                reader.Key(3);
                var grantId = reader.Bytes(16);
                reader.Key(4);
                var contentId = reader.Bytes(32);
                reader.Key(5);
                var indices = reader.Indices();
                reader.Key(6);
                var recipient = reader.Bytes(32);
                reader.Key(7);
                var created = reader.ReadUInt64();
                reader.ReadEndMap();
                return new KeyRequest
                {
                    RequestId = requestId,
                    GrantId = grantId,
                    ContentId = contentId,
                    Indices = indices,
                    Recipient = recipient,
                    CreatedMs = created,
                };
            }
        );
        return request is not null
            ? new SignedKeyRequest(envelope, request)
            : new EvidenceRefusal(EvidenceCodes.RequestMalformed);
    }
}

/// <summary>A key request with the envelope it came in.</summary>
public sealed record SignedKeyRequest(CoseSign1 Envelope, KeyRequest Request)
{
    /// <summary>Signed by an approval key that the grant names; refuses with evb1.request-signature.</summary>
    /// <param name="terms">The grant.</param>
    /// <param name="keyOf">The approval key with this kid, or null.</param>
    public EvidenceRefusal? CheckSignature(GrantTerms terms, Func<byte[], CoseKey?> keyOf) =>
        terms.Openers.Any(kid => kid.AsSpan().SequenceEqual(Envelope.Kid))
        && keyOf(Envelope.Kid) is { } key
        && Envelope.Verify(key, CoseLabels.KeyRequest)
            ? null
            : new EvidenceRefusal(EvidenceCodes.RequestSignature);

    /// <summary>
    /// Asks for this grant, this bundle and granted segments, by the route its purpose allows; refuses with
    /// evb1.request-scope.
    /// </summary>
    public EvidenceRefusal? CheckScope(GrantTerms terms, bool forDisclosure) =>
        Request.GrantId.AsSpan().SequenceEqual(terms.GrantId)
        && Request.ContentId.AsSpan().SequenceEqual(terms.ContentId)
        && Request.Indices.All(terms.Indices.Contains)
        && forDisclosure == terms.IsForDisclosure
            ? null
            : new EvidenceRefusal(EvidenceCodes.RequestScope);

    /// <summary>Created within 120 s of now, to either side; refuses with evb1.request-stale.</summary>
    public EvidenceRefusal? CheckAge(ulong nowMs) =>
        Math.Max(nowMs, Request.CreatedMs) - Math.Min(nowMs, Request.CreatedMs) <= EvidenceLimits.RequestAge
            ? null
            : new EvidenceRefusal(EvidenceCodes.RequestStale);
}
