// The verification state of a service as the JSON file of Annex A gives it.
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

    /// <summary>Reads the file. Unknown members are errors, so that a misspelt one is never silently left out.</summary>
    /// <exception cref="FormatException">It is not what Annex A describes; the message names the place, never a value.</exception>
    public static AnnexAState Parse(ReadOnlyMemory<byte> json) => StrictJson.Read(json, Read);

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

    private static AnnexAState Read(StrictJson root)
    {
        var file = root.Object(["now_ms", "devices", "meetings", "challenges", "key_checkpoints", "recipients"]);
        var state = new AnnexAState { NowMs = file["now_ms"].Uint() };
        file["devices"].Array(device => Once(state.devices, device, ReadDevice(device)));
        file["meetings"].Array(meeting => Once(state.meetings, meeting, ReadMeeting(meeting)));
        file["challenges"].Array(challenge => Once(state.challenges, challenge, ReadChallenge(challenge)));
        state.checkpoints.AddRange(file["key_checkpoints"].Array(checkpoint => checkpoint.Hex(32)));
        state.recipients.AddRange(file["recipients"].Array(ReadRecipient));
        return state;
    }

    private static (string, RegisteredDevice) ReadDevice(StrictJson json)
    {
        var device = json.Object([
            "kid",
            "alg",
            "public",
            "status",
            "certificate_hash",
            "last_counter",
            "last_content_id",
        ]);
        var key = KeyOf(device);
        var status = device["status"].Text() switch
        {
            "active" => DeviceStatus.Active,
            "revoked" => DeviceStatus.Revoked,
            "frozen" => DeviceStatus.Frozen,
            _ => throw device["status"].Wrong("must be active, revoked or frozen"),
        };
        var certificate = device["certificate_hash"].Hex(32);
        var last = device["last_content_id"].Hex(32);
        return (key.KidHex, new RegisteredDevice(key, status, certificate, device["last_counter"].Uint(), last));
    }

    private static (string, KnownMeeting) ReadMeeting(StrictJson json)
    {
        var meeting = json.Object(["meeting", "hosts", "relays"]);
        var hosts = meeting["hosts"].Array(host => host.Hex(16));
        var relays = meeting["relays"].Array(relay => KeyOf(relay.Object(["kid", "alg", "public"])));
        return (Convert.ToHexStringLower(meeting["meeting"].Hex(16)), new KnownMeeting(hosts, relays));
    }

    private static (string, IssuedChallenge) ReadChallenge(StrictJson json)
    {
        var challenge = json.Object(["challenge", "device_kid", "meeting", "reporter", "expires_ms", "used"]);
        return (
            Convert.ToHexStringLower(challenge["challenge"].Hex(32)),
            new IssuedChallenge(
                challenge["device_kid"].Hex(32),
                challenge["meeting"].Hex(16),
                challenge["reporter"].Hex(16),
                challenge["expires_ms"].Uint(),
                challenge["used"].Bool()
            )
        );
    }

    private static AnnexARecipient ReadRecipient(StrictJson json)
    {
        var recipient = json.Object(["role", "kem", "kid", "public"], "private");
        var role = recipient["role"].Uint();
        if (role is < 1 or > EvidenceLimits.Recipients)
            throw recipient["role"].Wrong($"must be 1 to {EvidenceLimits.Recipients}");
        var kem = (Kem)recipient["kem"].Int32();
        if (Hpke.PublicKeyLength(kem) == 0)
            throw recipient["kem"].Wrong("must be 16, 32 or 25722");
        var publicKey = recipient["public"].Hex(Hpke.PublicKeyLength(kem));
        if (!Hpke.KidOf(publicKey).AsSpan().SequenceEqual(recipient["kid"].Hex(32)))
            throw recipient["kid"].Wrong("is not that of the public key");
        var privateKey = recipient.Has("private") ? recipient["private"].Hex(32) : null;
        return new AnnexARecipient((uint)role, kem, publicKey, privateKey);
    }

    private static CoseKey KeyOf(StrictJson.Members key)
    {
        var algorithm = (CoseAlgorithm)key["alg"].Int32();
        if (!Enum.IsDefined(algorithm))
            throw key["alg"].Wrong("must be -19 or -9");
        var parsed =
            CoseKey.From(algorithm, key["public"].Hex()) ?? throw key["public"].Wrong("is no public key of that alg");
        return parsed.Kid.SequenceEqual(key["kid"].Hex(32))
            ? parsed
            : throw key["kid"].Wrong("is not that of the public key");
    }

    private static bool Once<T>(Dictionary<string, T> all, StrictJson json, (string Id, T Value) entry) =>
        all.TryAdd(entry.Id, entry.Value) ? true : throw json.Wrong("names what an earlier entry names");
}

/// <summary>One entry of recipients in keys.json.</summary>
/// <param name="Role">1 the vault, 2 the custodian.</param>
/// <param name="Kem">One of section 5.1.</param>
/// <param name="PublicKey">The serialized public key.</param>
/// <param name="PrivateKey">32 bytes, or null when the file is for verifying only.</param>
public sealed record AnnexARecipient(uint Role, Kem Kem, byte[] PublicKey, byte[]? PrivateKey);

/// <summary>A head part that passed steps A-E.</summary>
public sealed record VerifiedHead(BundleHead Head, AuthenticManifest Authentic, BundleStructure Structure);
