// Writes the verification state of a service as the JSON file of Annex A.
using System.Text.Json;

namespace Moderation.Evidence;

/// <summary>What goes into a keys.json. <see cref="AnnexAState.Parse"/> reads it back.</summary>
public sealed record AnnexAContents
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    /// <summary>The instant at which bundles are judged, ms since 1970.</summary>
    public required ulong NowMs { get; init; }
    public IReadOnlyList<RegisteredDevice> Devices { get; init; } = [];

    /// <summary>16-byte ids with what is known of each.</summary>
    public IReadOnlyList<(byte[] Id, KnownMeeting Meeting)> Meetings { get; init; } = [];

    /// <summary>32-byte challenges with what each was issued for.</summary>
    public IReadOnlyList<(byte[] Bytes, IssuedChallenge Issued)> Challenges { get; init; } = [];

    /// <summary>Body hashes, 32 bytes each; empty means that no key log is configured.</summary>
    public IReadOnlyList<byte[]> KeyCheckpoints { get; init; } = [];
    public IReadOnlyList<AnnexARecipient> Recipients { get; init; } = [];

    /// <summary>The file.</summary>
    /// <param name="withPrivateKeys">False leaves every <c>private</c> out: enough to verify, not to open.</param>
    public byte[] Encode(bool withPrivateKeys)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Indented))
        {
            json.WriteStartObject();
            json.WriteNumber("now_ms", NowMs);
            Array(json, "devices", Devices, device => Write(json, device));
            Array(json, "meetings", Meetings, meeting => Write(json, meeting.Id, meeting.Meeting));
            Array(json, "challenges", Challenges, challenge => Write(json, challenge.Bytes, challenge.Issued));
            Array(json, "key_checkpoints", KeyCheckpoints, hash => json.WriteStringValue(HexOf(hash)));
            Array(json, "recipients", Recipients, recipient => Write(json, recipient, withPrivateKeys));
            json.WriteEndObject();
        }
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter json, RegisteredDevice device)
    {
        json.WriteStartObject();
        WriteKey(json, device.Key);
        json.WriteString("status", device.Status.ToString().ToLowerInvariant());
        json.WriteString("certificate_hash", HexOf(device.CertificateHash));
        json.WriteNumber("last_counter", device.LastCounter);
        json.WriteString("last_content_id", HexOf(device.LastContentId));
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, byte[] id, KnownMeeting meeting)
    {
        json.WriteStartObject();
        json.WriteString("meeting", HexOf(id));
        Array(json, "hosts", meeting.Hosts, host => json.WriteStringValue(HexOf(host)));
        Array(
            json,
            "relays",
            meeting.Relays,
            relay =>
            {
                json.WriteStartObject();
                WriteKey(json, relay);
                json.WriteEndObject();
            }
        );
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, byte[] challenge, IssuedChallenge issued)
    {
        json.WriteStartObject();
        json.WriteString("challenge", HexOf(challenge));
        json.WriteString("device_kid", HexOf(issued.DeviceKid));
        json.WriteString("meeting", HexOf(issued.Meeting));
        json.WriteString("reporter", HexOf(issued.Reporter));
        json.WriteNumber("expires_ms", issued.ExpiresMs);
        json.WriteBoolean("used", issued.Used);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, AnnexARecipient recipient, bool withPrivateKeys)
    {
        json.WriteStartObject();
        json.WriteNumber("role", recipient.Role);
        json.WriteNumber("kem", (int)recipient.Kem);
        json.WriteString("kid", HexOf(Hpke.KidOf(recipient.PublicKey)));
        json.WriteString("public", HexOf(recipient.PublicKey));
        if (withPrivateKeys && recipient.PrivateKey is { } secret)
            json.WriteString("private", HexOf(secret));
        json.WriteEndObject();
    }

    private static void WriteKey(Utf8JsonWriter json, CoseKey key)
    {
        json.WriteString("kid", key.KidHex);
        json.WriteNumber("alg", (int)key.Algorithm);
        json.WriteString("public", HexOf(key.PublicKey));
    }

    private static void Array<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
            write(item);
        json.WriteEndArray();
    }

    private static string HexOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
