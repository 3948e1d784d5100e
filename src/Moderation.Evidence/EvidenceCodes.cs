// Lists every stable code of the evidence format with the HTTP status it is answered with.
namespace Moderation.Evidence;

/// <summary>The complete list of codes (sections 16, 12.5, 17, 19.2, 20.3, 21). A new check gets a new code.</summary>
public static class EvidenceCodes
{
    // Section 16, A: header.
    public const string Truncated = "evb1.truncated";
    public const string BadMagic = "evb1.bad-magic";
    public const string UnsupportedVersion = "evb1.unsupported-version";
    public const string BadFlags = "evb1.bad-flags";
    public const string BadReserved = "evb1.bad-reserved";
    public const string LimitExceeded = "evb1.limit-exceeded";

    // Section 16, B: manifest envelope.
    public const string ManifestEnvelope = "evb1.manifest-envelope";
    public const string UnknownDevice = "evb1.unknown-device";
    public const string ManifestAlgorithm = "evb1.manifest-algorithm";
    public const string ManifestSignature = "evb1.manifest-signature";
    public const string DeviceRevoked = "evb1.device-revoked";
    public const string DeviceFrozen = "evb1.device-frozen";

    // Section 16, C: manifest payload.
    public const string ManifestMalformed = "evb1.manifest-malformed";
    public const string UnsupportedSuite = "evb1.unsupported-suite";
    public const string RecipientsMalformed = "evb1.recipients-malformed";
    public const string HeaderMismatch = "evb1.header-mismatch";

    // Section 16, D: freshness.
    public const string MeetingUnknown = "evb1.meeting-unknown";
    public const string ReporterNotHost = "evb1.reporter-not-host";
    public const string ChallengeUnknown = "evb1.challenge-unknown";
    public const string ChallengeMismatch = "evb1.challenge-mismatch";
    public const string ChallengeUsed = "evb1.challenge-used";
    public const string ChallengeExpired = "evb1.challenge-expired";
    public const string DeviceCertificate = "evb1.device-certificate";
    public const string KeyCheckpoint = "evb1.key-checkpoint";
    public const string RecipientPolicy = "evb1.recipient-policy";
    public const string CounterReplayed = "evb1.counter-replayed";
    public const string ChainFork = "evb1.chain-fork";

    // Section 16, E: table, receipts.
    public const string TableMalformed = "evb1.table-malformed";
    public const string DescriptorMalformed = "evb1.descriptor-malformed";
    public const string MerkleRoot = "evb1.merkle-root";
    public const string ReceiptsHash = "evb1.receipts-hash";
    public const string ReceiptsRegion = "evb1.receipts-region";
    public const string DescriptorInvalid = "evb1.descriptor-invalid";
    public const string TotalMismatch = "evb1.total-mismatch";
    public const string ReceiptEnvelope = "evb1.receipt-envelope";
    public const string ReceiptUnknownRelay = "evb1.receipt-unknown-relay";
    public const string ReceiptAlgorithm = "evb1.receipt-algorithm";
    public const string ReceiptSignature = "evb1.receipt-signature";
    public const string ReceiptMalformed = "evb1.receipt-malformed";
    public const string ReceiptMeeting = "evb1.receipt-meeting";
    public const string ReceiptChain = "evb1.receipt-chain";

    // Section 16, F: segments.
    public const string SegmentHash = "evb1.segment-hash";
    public const string TrailingBytes = "evb1.trailing-bytes";

    // Section 12.5: attested media.
    public const string AttestedMalformed = "evb1.attested-malformed";
    public const string LeafInclusion = "evb1.leaf-inclusion";
    public const string LeafMismatch = "evb1.leaf-mismatch";
    public const string FrameCount = "evb1.frame-count";
    public const string FramesRoot = "evb1.frames-root";
    public const string SFrameCommit = "evb1.sframe-commit";
    public const string SFrameHeader = "evb1.sframe-header";
    public const string SFrameAuth = "evb1.sframe-auth";

    // Section 17: upload.
    public const string SegmentLength = "evb1.segment-length";
    public const string SegmentIndex = "evb1.segment-index";
    public const string SegmentsMissing = "evb1.segments-missing";
    public const string UploadExpired = "evb1.upload-expired";

    // Section 19.2: grants and the vault.
    public const string NotAccepted = "evb1.not-accepted";
    public const string GrantMalformed = "evb1.grant-malformed";
    public const string GrantSignature = "evb1.grant-signature";
    public const string GrantQuorum = "evb1.grant-quorum";
    public const string GrantScope = "evb1.grant-scope";
    public const string GrantExpired = "evb1.grant-expired";
    public const string GrantExhausted = "evb1.grant-exhausted";
    public const string RequestMalformed = "evb1.request-malformed";
    public const string RequestSignature = "evb1.request-signature";
    public const string RequestScope = "evb1.request-scope";
    public const string RequestStale = "evb1.request-stale";
    public const string RequestReplayed = "evb1.request-replayed";
    public const string LogUnavailable = "evb1.log-unavailable";

    /// <summary>The bundle has a tombstone; a code of this product beside the list of section 25 (docs/decisions/0036).</summary>
    public const string EvidenceDestroyed = "evb1.evidence-destroyed";
    public const string UnknownRecipientKey = "evb1.unknown-recipient-key";
    public const string ShareOpen = "evb1.share-open";
    public const string CustodianRefused = "evb1.custodian-refused";
    public const string CustodianUnavailable = "evb1.custodian-unavailable";
    public const string CekCommit = "evb1.cek-commit";
    public const string KeyCommitment = "evb1.key-commitment";
    public const string ChunkAuth = "evb1.chunk-auth";
    public const string PlaintextLength = "evb1.plaintext-length";

    // Section 20.3: key release.
    public const string ReleaseMalformed = "evb1.release-malformed";
    public const string ReleaseSignature = "evb1.release-signature";
    public const string ReleaseMismatch = "evb1.release-mismatch";
    public const string ReleaseOpen = "evb1.release-open";

    // Section 21: disclosure package.
    public const string DisclosureEnvelope = "evd1.envelope";
    public const string DisclosureSignature = "evd1.signature";
    public const string DisclosureMalformed = "evd1.malformed";
    public const string DisclosureInclusion = "evd1.inclusion";
    public const string DisclosureSegmentMissing = "evd1.segment-missing";
    public const string DisclosureKeyOpen = "evd1.key-open";

    /// <summary>The HTTP status of a code, by the table of section 17; 422 for every code not in it.</summary>
    public static int HttpStatusOf(string code) =>
        code switch
        {
            LimitExceeded => 413,
            UnknownDevice or DeviceRevoked or DeviceFrozen or ReporterNotHost or ManifestSignature => 403,
            CounterReplayed or ChainFork or SegmentsMissing => 409,
            UploadExpired or EvidenceDestroyed => 410,
            SegmentIndex => 404,
            CustodianRefused or NotAccepted => 403,
            LogUnavailable or CustodianUnavailable => 503,
            _ when code.StartsWith("evb1.challenge-", StringComparison.Ordinal) => 409,
            _ when code.StartsWith("evb1.grant-", StringComparison.Ordinal) => 403,
            _ when code.StartsWith("evb1.request-", StringComparison.Ordinal) => 403,
            _ => 422,
        };
}
