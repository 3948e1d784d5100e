// Holds the constants that fix the bytes of the format: limits, labels, content types.
namespace Moderation.Evidence;

/// <summary>The limits of section 15. All are checked before anything of the declared size is allocated.</summary>
public static class EvidenceLimits
{
    /// <summary>Bytes of the file header (section 4).</summary>
    public const int Header = 32;
    public const int Manifest = 32_768;
    public const int Table = 1_048_576;
    public const int Receipts = 524_288;
    public const int Segments = 2_048;
    public const int SegmentPlaintext = 4_194_304;
    public const long TotalCiphertext = 167_772_160;
    public const int Descriptor = 512;
    public const int ReceiptCount = 2_048;
    public const int Receipt = 1_024;
    public const int Recipients = 4;

    /// <summary>Longest window, in milliseconds.</summary>
    public const ulong Window = 300_000;

    /// <summary>Longest media segment, in milliseconds (section 6.2).</summary>
    public const uint MediaDuration = 10_000;

    /// <summary>Bytes of UTF-8 in manifest key 18.</summary>
    public const int SdkText = 64;
    public const int Frames = 4_096;
    public const int LeafProof = 16;

    /// <summary>2^53 - 1, the largest integer a browser holds exactly.</summary>
    public const ulong SafeInteger = 9_007_199_254_740_991;

    /// <summary>Largest head part: 32 + M + T + R.</summary>
    public const int HeadPart = Header + Manifest + Table + Receipts;

    /// <summary>Largest message between vault and custodian (section 18).</summary>
    public const int CustodianMessage = 1_048_576;

    /// <summary>Longest life of a grant, in milliseconds (section 19.1).</summary>
    public const ulong GrantLife = 4 * 60 * 60 * 1000;

    /// <summary>Oldest key request that is still answered, in milliseconds (section 19.2, V3).</summary>
    public const ulong RequestAge = 120_000;
}

/// <summary>The external_aad labels of section 7 and the content types of section 11.</summary>
public static class CoseLabels
{
    public const string Manifest = "evb1/manifest/v1";
    public const string RelayReceipt = "evb1/relay-receipt/v1";
    public const string DeviceCertificate = "evb1/device-cert/v1";
    public const string RecipientKeys = "evb1/recipient-keys/v1";
    public const string IntakeReceipt = "evb1/intake-receipt/v1";
    public const string Grant = "evb1/grant/v1";
    public const string KeyRequest = "evb1/key-request/v1";
    public const string KeyRelease = "evb1/key-release/v1";
    public const string Disclosure = "evb1/disclosure/v1";

    /// <summary>The filing of triage.md 2.1; its payload is JSON.</summary>
    public const string Filing = "moderation/filing/v1";

    /// <summary>The intake's question to a relay; ours, beside the format.</summary>
    public const string RelayQuery = "moderation/relay-query/v1";
}

/// <summary>The content types of section 11.</summary>
public static class CoseContentTypes
{
    public const string Manifest = "application/vnd.evb1-manifest+cbor";
    public const string RelayReceipt = "application/vnd.evb1-receipt+cbor";
    public const string DeviceCertificate = "application/cwt";
    public const string RecipientKeys = "application/vnd.evb1-recipient-keys+cbor";
    public const string IntakeReceipt = "application/vnd.evb1-intake-receipt+cbor";
    public const string Grant = "application/vnd.evb1-grant+cbor";
    public const string KeyRequest = "application/vnd.evb1-key-request+cbor";
    public const string KeyRelease = "application/vnd.evb1-key-release+cbor";
    public const string Disclosure = "application/vnd.evb1-disclosure+cbor";

    /// <summary>The filing of triage.md 2.1.</summary>
    public const string Filing = "application/vnd.moderation-filing+json";

    /// <summary>The intake's question to a relay.</summary>
    public const string RelayQuery = "application/vnd.moderation-relay-query+cbor";

    /// <summary>The media type of a bundle and of its head part (sections 4 and 17).</summary>
    public const string Bundle = "application/vnd.evb1";
}
