// `moderation fake-meeting`: a synthetic meeting of real media through the SDK's ring, reported, sealed, signed, uploaded or written into a file.
using System.CommandLine;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Sdk;
using Moderation.Sdk.Testing;

namespace Moderation.Cli.Verbs;

public static class FakeMeetingVerb
{
    public static Command Make()
    {
        var report = new Option<string>("--report")
        {
            Description = "reason code, such as harassment, spam, scam",
            DefaultValueFactory = _ => "harassment",
        };
        var seconds = new Option<int>("--seconds")
        {
            Description = "length of the window that is reported",
            DefaultValueFactory = _ => 12,
        };
        var length = new Option<int>("--length")
        {
            Description = "length of the meeting in seconds",
            DefaultValueFactory = _ => 60,
        };
        var gap = new Option<bool>("--gap") { Description = "the subject's camera is off for 4 s inside the window" };
        var note = new Option<string?>("--note") { Description = "the reporter's own words, sealed with the rest" };
        var subject = new Option<string?>("--subject") { Description = "the reported account; a new one unless given" };
        var established = new Option<bool>("--established")
        {
            Description = "the reported account is an old, verified one",
        };
        var attested = new Option<bool>("--attested")
        {
            Description = "end-to-end-encrypted senders, through an SFU that signs receipts: segments of grade G1",
        };
        var loss = new Option<int>("--loss")
        {
            Description = "with --attested: per cent of the frames that never reach the host; the relay saw them",
        };
        var late = new Option<bool>("--late")
        {
            Description =
                "with --attested: one stream's last KID is still open, so it is sent as the host's word after 12 s",
        };
        var file = new Option<string?>("--out")
        {
            Description = "write the bundle into this file; no server is needed, and none is told",
        };
        var keysFile = new Option<string?>("--keys-out")
        {
            Description = "with --out: the keys to verify and open it, JSON of Annex A with private keys made for it",
        };
        var tamper = new Option<Tamper>("--tamper")
        {
            Description = "with --out: alter one bit of a segment, the signature or the table, after sealing",
        };
        var device = new Option<string>("--device-alg")
        {
            Description = "with --out: the device's signature, ed25519 or p256",
            DefaultValueFactory = _ => "ed25519",
        };
        device.AcceptOnlyFromAmong("ed25519", "p256");
        var vault = KemOption("--vault-kem", "vault");
        var custodian = KemOption("--custodian-kem", "custodian");
        var command = new Command(
            "fake-meeting",
            """
            Play a synthetic meeting and report it: to the server, or into a file with --out and --keys-out.

            Example: moderation fake-meeting --report harassment --seconds 12 --gap
            Example: moderation fake-meeting --report harassment --attested --loss 3
            Example: moderation fake-meeting --out report.evb --keys-out keys.json --vault-kem xwing
            """
        )
        {
            file,
            keysFile,
            tamper,
            device,
            vault,
            custodian,
            report,
            seconds,
            length,
            gap,
            note,
            subject,
            established,
            attested,
            loss,
            late,
        };
        command.SetAction(
            async (parsed, ct) =>
            {
                var reason =
                    Reason.ByCode(parsed.GetValue(report)!)
                    ?? throw new VerbException(
                        ExitCode.Usage,
                        $"no such reason; there are: {string.Join(", ", Reason.All.Select(r => r.Code))}"
                    );
                var plan = new FakeMeetingPlan(reason)
                {
                    Window = TimeSpan.FromSeconds(Within(parsed.GetValue(seconds), 2, 240, "--seconds")),
                    Length = TimeSpan.FromSeconds(Within(parsed.GetValue(length), 2, 600, "--length")),
                    CameraGap = parsed.GetValue(gap),
                    Note = parsed.GetValue(note),
                    Subject = parsed.GetValue(subject),
                    Persona = parsed.GetValue(established) ? Persona.Established : Persona.Throwaway,
                    Attested = parsed.GetValue(attested),
                    LossPercent = Within(parsed.GetValue(loss), 0, 90, "--loss"),
                    LateKid = parsed.GetValue(late),
                };
                if (plan is { Attested: false } and ({ LossPercent: > 0 } or { LateKid: true }))
                    throw new VerbException(ExitCode.Usage, "--loss and --late go with --attested");
                if (parsed.GetValue(file) is not { } path)
                {
                    Option[] offline = [keysFile, tamper, device, vault, custodian];
                    if (offline.FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false }) is { } alone)
                        throw new VerbException(ExitCode.Usage, $"{alone.Name} goes with --out");
                }
                else
                {
                    var written = await FakeMeetingFiles.WriteAsync(
                        plan,
                        new FakeSuite(
                            parsed.GetValue(device) == "p256" ? CoseAlgorithm.Esp256 : CoseAlgorithm.Ed25519,
                            KemOf(parsed.GetValue(vault)),
                            KemOf(parsed.GetValue(custodian))
                        ),
                        parsed.GetValue(tamper),
                        path,
                        parsed.GetValue(keysFile)
                            ?? throw new VerbException(ExitCode.Usage, "--out goes with --keys-out"),
                        ct
                    );
                    if (parsed.WantsJson())
                        Shared.Data(written);
                    else
                        Console.Out.WriteLine(
                            $"{path}  {reason.Text}: {written.Segments} segments, {written.Bytes / 1024} KiB{(written.Tampered is null ? "" : $", altered in the {written.Tampered}")}; keys in {written.Keys}"
                        );
                    return ExitCode.Ok;
                }
                var done = await RunAsync(ServerAddress.Find(), plan, ct);
                if (parsed.WantsJson())
                    Shared.Data(done);
                else
                    Console.Out.WriteLine(
                        $"{done.ReportId}  {reason.Text}: {done.Segments} segments, {done.Bytes / 1024} KiB sealed, the last {done.WindowMs / 1000.0:F0} s of {done.MeetingMs / 1000} s"
                    );
                return ExitCode.Ok;
            }
        );
        return command;
    }

    public static async Task<FakeMeetingDone> RunAsync(ServerAddress server, FakeMeetingPlan plan, CancellationToken ct)
    {
        using var relay = plan.Attested ? DemoRelay.ReadOrMake(server) : null;
        using var host = await SyntheticHost.CreateAsync(
            server,
            plan.Window,
            plan.Persona,
            true,
            plan.Subject,
            relay,
            ct
        );
        using var session = host.Moderation.OpenMeeting(host.MeetingUuid, host.Host);
        using var draft = PlayAndFreeze(session, plan, host.Subject, host.Other, host.Sfu);
        if (plan.LateKid)
            Shared.Talk("waiting up to 12 s for the receipt of a KID that is still open ...");
        var segments = draft.Segments;
        var receipt = await draft.SubmitAsync(plan.Reason.Code, (uint)plan.Reason.Number, null, ct);
        return new FakeMeetingDone(
            receipt.ReportId,
            Convert.ToHexStringLower(receipt.ContentId),
            host.SubjectAccount,
            host.MeetingName,
            segments.Count,
            segments.Sum(s => (long)s.Bytes),
            (long)(draft.WindowEndMs - draft.WindowStartMs),
            (long)plan.Length.TotalMilliseconds
        );
    }

    /// <summary>Plays the meeting of the plan into the session and freezes its last seconds.</summary>
    internal static ReportDraft PlayAndFreeze(
        EvidenceSession session,
        FakeMeetingPlan plan,
        byte[] subject,
        byte[] other,
        SimulatedSfu? sfu = null
    )
    {
        var end = plan.Length;
        (TimeSpan, TimeSpan)? off = plan.CameraGap
            ? (end - TimeSpan.FromSeconds(8), end - TimeSpan.FromSeconds(4))
            : null;
        (TimeSpan At, string Text)[] chat =
        [
            (end - TimeSpan.FromSeconds(9), "you again? nobody wants you here"),
            (end - TimeSpan.FromSeconds(5), "leave or I post the pictures of the test pattern"),
        ];
        if (sfu is null)
            FakeMeeting.Play(session, subject, other, plan.Length, off, chat);
        else
            AttestedPlay.Run(session, sfu, plan, subject, other, off, chat);
        var draft = session.Freeze(new FreezeRequest([subject], plan.Window, UserGesture.FromLocalClick()));
        if (plan.Note is { } note)
            draft.AddNote(note);
        return draft;
    }

    private static Option<string> KemOption(string name, string whose)
    {
        var option = new Option<string>(name)
        {
            Description = $"with --out: the {whose}'s recipient key, x25519, p256 or xwing",
            DefaultValueFactory = _ => "x25519",
        };
        option.AcceptOnlyFromAmong("x25519", "p256", "xwing");
        return option;
    }

    private static Kem KemOf(string? name) =>
        name switch
        {
            "p256" => Kem.P256,
            "xwing" => Kem.XWing,
            _ => Kem.X25519,
        };

    private static int Within(int value, int least, int most, string option) =>
        value >= least && value <= most
            ? value
            : throw new VerbException(ExitCode.Usage, $"{option} is {least} to {most}");
}

public sealed record FakeMeetingPlan(Reason Reason)
{
    public TimeSpan Window { get; init; } = TimeSpan.FromSeconds(12);
    public TimeSpan Length { get; init; } = TimeSpan.FromSeconds(60);
    public bool CameraGap { get; init; }
    public string? Note { get; init; }
    public string? Subject { get; init; }
    public Persona Persona { get; init; } = Persona.Throwaway;

    /// <summary>SFrame frames through an SFU that signs receipts.</summary>
    public bool Attested { get; init; }
    public int LossPercent { get; init; }
    public bool LateKid { get; init; }
}

/// <summary>What was filed. Bytes are of plaintext before sealing; times are ms.</summary>
public sealed record FakeMeetingDone(
    string ReportId,
    string ContentId,
    string Subject,
    string Meeting,
    int Segments,
    long Bytes,
    long WindowMs,
    long MeetingMs
);
