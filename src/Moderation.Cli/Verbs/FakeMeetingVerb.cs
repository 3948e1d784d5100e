// `moderation fake-meeting`: a synthetic meeting of real media through the SDK's ring, reported, sealed, signed, uploaded.
using System.CommandLine;
using Moderation.Domain.Reports;
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
            Required = true,
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
        var command = new Command(
            "fake-meeting",
            """
            Play a synthetic meeting and report it.

            Example: moderation fake-meeting --report harassment --seconds 12 --gap
            """
        )
        {
            report,
            seconds,
            length,
            gap,
            note,
            subject,
            established,
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
                var done = await RunAsync(
                    ServerAddress.Find(),
                    new FakeMeetingPlan(reason)
                    {
                        Window = TimeSpan.FromSeconds(Within(parsed.GetValue(seconds), 2, 240, "--seconds")),
                        Length = TimeSpan.FromSeconds(Within(parsed.GetValue(length), 2, 600, "--length")),
                        CameraGap = parsed.GetValue(gap),
                        Note = parsed.GetValue(note),
                        Subject = parsed.GetValue(subject),
                        Persona = parsed.GetValue(established) ? Persona.Established : Persona.Throwaway,
                    },
                    ct
                );
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
        using var host = await SyntheticHost.CreateAsync(server, plan.Window, plan.Persona, true, plan.Subject, ct);
        using var session = host.Moderation.OpenMeeting(host.MeetingUuid, host.Host);
        var end = plan.Length;
        FakeMeeting.Play(
            session,
            host.Subject,
            host.Other,
            plan.Length,
            plan.CameraGap ? (end - TimeSpan.FromSeconds(8), end - TimeSpan.FromSeconds(4)) : null,
            [
                (end - TimeSpan.FromSeconds(9), "you again? nobody wants you here"),
                (end - TimeSpan.FromSeconds(5), "leave or I post the pictures of the test pattern"),
            ]
        );
        using var draft = session.Freeze(new FreezeRequest([host.Subject], plan.Window, UserGesture.FromLocalClick()));
        if (plan.Note is { } note)
            draft.AddNote(note);
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
