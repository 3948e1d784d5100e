// Signs one attempt of a webhook as Standard Webhooks 1.0.0 says (events.md 4).
using System.Security.Cryptography;
using System.Text;

namespace Moderation.Features.Delivery;

public static class WebhookSignature
{
    public const string SecretPrefix = "whsec_";
    public const int SecretLength = 32;

    /// <summary>The value of `webhook-signature`: one `v1,…` per secret, the newest first, separated by one space.</summary>
    public static string Sign(string id, long timestamp, ReadOnlySpan<byte> body, IReadOnlyList<byte[]> secrets)
    {
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        return string.Join(' ', secrets.Select(s => $"v1,{Convert.ToBase64String(HMACSHA256.HashData(s, signed))}"));
    }

    public static string ToText(ReadOnlySpan<byte> secret) => SecretPrefix + Convert.ToBase64String(secret);
}
