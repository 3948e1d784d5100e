// Checks that a webhook came from the moderation server, unchanged and just now (events.md 4, Standard Webhooks 1.0.0).
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Moderation.Sdk.Webhooks;

/// <summary>What the check of one webhook found.</summary>
public enum WebhookVerdict
{
    /// <summary>Signed with one of the secrets, and recent.</summary>
    Genuine,

    /// <summary>One of the three headers is missing or not readable.</summary>
    HeadersMalformed,

    /// <summary>The timestamp lies more than the tolerance before or after now.</summary>
    TimestampOutOfTolerance,

    /// <summary>No signature fits id, timestamp and body.</summary>
    SignatureMismatch,
}

/// <summary>
/// Verifies webhooks with one secret, or with two during a rotation. Drop repeats by <c>webhook-id</c> after verifying:
/// delivery is at least once.
/// </summary>
/// <example><code>
/// var verifier = new WebhookVerifier("whsec_…");
/// if (verifier.Verify(id, timestamp, signature, body) != WebhookVerdict.Genuine) return Results.Unauthorized();
/// </code></example>
public sealed class WebhookVerifier
{
    /// <summary>Header that carries the event id, the same on every attempt.</summary>
    public const string IdHeader = "webhook-id";

    /// <summary>Header that carries the time of the attempt, integer Unix seconds.</summary>
    public const string TimestampHeader = "webhook-timestamp";

    /// <summary>Header that carries one or more signatures separated by one space.</summary>
    public const string SignatureHeader = "webhook-signature";

    /// <summary>How far the timestamp may be off, either way.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string SecretPrefix = "whsec_";
    private const string SignaturePrefix = "v1,";
    private readonly byte[][] _secrets;
    private readonly TimeProvider _clock;

    /// <param name="secret"><c>whsec_</c> and standard base64 of 24 to 64 bytes, as the subscription showed it once.</param>
    /// <exception cref="FormatException">The secret is not of that form.</exception>
    public WebhookVerifier(string secret)
        : this([secret], TimeProvider.System) { }

    /// <param name="secrets">All secrets that are valid now: during a rotation the new and the old one.</param>
    /// <param name="clock">Tells the time that timestamps are compared with.</param>
    /// <exception cref="FormatException">A secret is not of the form <c>whsec_…</c>, or there is none.</exception>
    public WebhookVerifier(IReadOnlyList<string> secrets, TimeProvider clock)
    {
        if (secrets.Count == 0)
            throw new FormatException("At least one secret is needed.");
        _secrets = [.. secrets.Select(ReadSecret)];
        _clock = clock;
    }

    /// <summary>Checks one request. Give the body exactly as received, before any parsing.</summary>
    /// <param name="id">Value of <c>webhook-id</c>.</param>
    /// <param name="timestamp">Value of <c>webhook-timestamp</c>.</param>
    /// <param name="signatures">Value of <c>webhook-signature</c>; one fitting <c>v1</c> signature suffices, other versions are passed over.</param>
    /// <param name="body">The raw bytes of the body.</param>
    public WebhookVerdict Verify(string? id, string? timestamp, string? signatures, ReadOnlySpan<byte> body)
    {
        // Only the canonical digits: another spelling of the same number is not what was signed.
        if (
            string.IsNullOrEmpty(id)
            || string.IsNullOrEmpty(signatures)
            || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            || timestamp != seconds.ToString(CultureInfo.InvariantCulture)
        )
            return WebhookVerdict.HeadersMalformed;
        var now = _clock.GetUtcNow().ToUnixTimeSeconds();
        var tolerance = (long)Tolerance.TotalSeconds;
        if (seconds < now - tolerance || seconds > now + tolerance)
            return WebhookVerdict.TimestampOutOfTolerance;

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return IsSigned(signed, signatures) ? WebhookVerdict.Genuine : WebhookVerdict.SignatureMismatch;
    }

    private bool IsSigned(byte[] signed, string signatures)
    {
        var fits = false;
        foreach (var secret in _secrets)
        {
            var expected = HMACSHA256.HashData(secret, signed);
            foreach (var signature in signatures.Split(' '))
                // No early return: how long it takes tells nothing about which signature fitted.
                fits |=
                    ReadSignature(signature) is { } given && CryptographicOperations.FixedTimeEquals(expected, given);
        }
        return fits;
    }

    private static byte[]? ReadSignature(string text)
    {
        if (!text.StartsWith(SignaturePrefix, StringComparison.Ordinal))
            return null;
        var bytes = new byte[HMACSHA256.HashSizeInBytes];
        // 44 characters are the one canonical spelling of 32 bytes.
        return
            text.Length == SignaturePrefix.Length + 44
            && Convert.TryFromBase64String(text[SignaturePrefix.Length..], bytes, out var length)
            && length == bytes.Length
            ? bytes
            : null;
    }

    private static byte[] ReadSecret(string text)
    {
        if (!text.StartsWith(SecretPrefix, StringComparison.Ordinal))
            throw new FormatException("A webhook secret begins with whsec_.");
        var bytes = Convert.FromBase64String(text[SecretPrefix.Length..]);
        return bytes.Length is >= 24 and <= 64
            ? bytes
            : throw new FormatException("A webhook secret holds 24 to 64 bytes.");
    }
}
