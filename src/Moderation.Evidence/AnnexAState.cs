// The verification state of a service as the JSON file of Annex A gives it.
using System.Text.Json;

namespace Moderation.Evidence;

/// <summary>keys.json: what an offline verifier knows. Looking things up changes nothing.</summary>
public sealed class AnnexAState
{
    private readonly Dictionary<string, RegisteredDevice> devices = [];
    private readonly Dictionary<string, KnownMeeting> meetings = [];
    private readonly Dictionary<string, IssuedChallenge> challenges = [];
    private readonly List<AnnexARecipient> recipients = [];
    private readonly List<byte[]> checkpoints = [];

    private AnnexAState() { }

    /// <summary>ms since 1970.</summary>
    public ulong NowMs { get; private set; }

    /// <summary>The accepted recipient keys, with the private ones where the file has them.</summary>
    public IReadOnlyList<AnnexARecipient> Recipients => recipients;

    /// <summary>Reads the file.</summary>
    /// <exception cref="FormatException">It is not what Annex A describes.</exception>
    public static AnnexAState Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(document.RootElement);
        }
        catch (Exception e)
            when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentException)
        {
            throw new FormatException("Not a keys file of Annex A.", e);
        }
    }

    /// <summary>The device with this kid, or null.</summary>
    public RegisteredDevice? DeviceOf(byte[] kid) => devices.GetValueOrDefault(Convert.ToHexStringLower(kid));

    /// <summary>The meeting, or null.</summary>
    public KnownMeeting? MeetingOf(byte[] meeting) => meetings.GetValueOrDefault(Convert.ToHexStringLower(meeting));

    /// <summary>What step D asks about this manifest.</summary>
    public FreshnessFacts FactsFor(AuthenticManifest authentic, RegisteredDevice device) =>
        new()
        {
            Device = device,
            Meeting = MeetingOf(authentic.Manifest.Meeting),
            Challenge = challenges.GetValueOrDefault(Convert.ToHexStringLower(authentic.Manifest.Challenge)),
            NowMs = NowMs,
            KeyCheckpoints = checkpoints.Count == 0 ? null : checkpoints,
            Recipients = [.. recipients.Select(r => new AcceptedRecipient(r.Role, r.Kem, Hpke.KidOf(r.PublicKey)))],
        };

    /// <summary>Steps A-E of section 16 over the beginning of a file, at least its whole head part.</summary>
    public Verdict<VerifiedHead> VerifyHead(ReadOnlyMemory<byte> bytes)
    {
        if (!BundleHead.Parse(bytes).Holds(out var head, out var refusal))
            return refusal;
        if (!BundleVerifier.ReadEnvelope(head.Manifest).Holds(out var envelope, out refusal))
            return refusal;
        var device = DeviceOf(envelope.Kid);
        if (!BundleVerifier.Authenticate(head, envelope, device).Holds(out var authentic, out refusal))
            return refusal;
        var facts = FactsFor(authentic, device!);
        if (BundleVerifier.CheckFreshness(authentic, facts) is { } stale)
            return stale;
        return BundleVerifier
            .CheckStructure(head, authentic.Manifest, facts.Meeting!.Relays)
            .Holds(out var structure, out refusal)
            ? new VerifiedHead(head, authentic, structure)
            : refusal;
    }

    private static AnnexAState Read(JsonElement root)
    {
        var state = new AnnexAState { NowMs = root.GetProperty("now_ms").GetUInt64() };
        foreach (var device in root.GetProperty("devices").EnumerateArray())
            state.devices[Text(device, "kid")] = new RegisteredDevice(
                KeyOf(device),
                Enum.Parse<DeviceStatus>(Text(device, "status"), ignoreCase: true),
                Hex(device, "certificate_hash"),
                device.GetProperty("last_counter").GetUInt64(),
                Hex(device, "last_content_id")
            );
        foreach (var meeting in root.GetProperty("meetings").EnumerateArray())
            state.meetings[Text(meeting, "meeting")] = new KnownMeeting(
                [
                    .. meeting
                        .GetProperty("hosts")
                        .EnumerateArray()
                        .Select(host => Convert.FromHexString(host.GetString()!)),
                ],
                [.. meeting.GetProperty("relays").EnumerateArray().Select(KeyOf)]
            );
        foreach (var challenge in root.GetProperty("challenges").EnumerateArray())
            state.challenges[Text(challenge, "challenge")] = new IssuedChallenge(
                Hex(challenge, "device_kid"),
                Hex(challenge, "meeting"),
                Hex(challenge, "reporter"),
                challenge.GetProperty("expires_ms").GetUInt64(),
                challenge.GetProperty("used").GetBoolean()
            );
        foreach (var checkpoint in root.GetProperty("key_checkpoints").EnumerateArray())
            state.checkpoints.Add(Convert.FromHexString(checkpoint.GetString()!));
        foreach (var recipient in root.GetProperty("recipients").EnumerateArray())
            state.recipients.Add(
                new AnnexARecipient(
                    recipient.GetProperty("role").GetUInt32(),
                    (Kem)recipient.GetProperty("kem").GetInt32(),
                    Hex(recipient, "public"),
                    recipient.TryGetProperty("private", out _) ? Hex(recipient, "private") : null
                )
            );
        return state;
    }

    private static CoseKey KeyOf(JsonElement key)
    {
        var parsed = CoseKey.From((CoseAlgorithm)key.GetProperty("alg").GetInt32(), Hex(key, "public"));
        return parsed?.KidHex == Text(key, "kid") ? parsed : throw new FormatException("A key does not match its kid.");
    }

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null.");

    private static byte[] Hex(JsonElement element, string name) => Convert.FromHexString(Text(element, name));
}

/// <summary>One entry of recipients in keys.json.</summary>
/// <param name="Role">1 the vault, 2 the custodian.</param>
/// <param name="Kem">One of section 5.1.</param>
/// <param name="PublicKey">The serialized public key.</param>
/// <param name="PrivateKey">32 bytes, or null when the file is for verifying only.</param>
public sealed record AnnexARecipient(uint Role, Kem Kem, byte[] PublicKey, byte[]? PrivateKey);

/// <summary>A head part that passed steps A-E.</summary>
public sealed record VerifiedHead(BundleHead Head, AuthenticManifest Authentic, BundleStructure Structure);
