// The two custody processes answer good requests with keys for one reader, and every bad one with its exact code.
using System.Security.Cryptography;
using System.Text;
using Moderation.Evidence;
using Moderation.Evidence.Custody;

namespace Moderation.IntegrationTests.Opening;

public sealed class VaultTests(Custody custody) : IClassFixture<Custody>
{
    [Fact]
    public async Task A_granted_segment_opens_in_the_tab_that_asked()
    {
        var report = SentReport.Seal(custody, notes: 3);
        var ask = new Ask(custody, report) { Granted = [0, 2] };

        var answer = await ask.SendAsync();

        answer.Code.ShouldBe("");
        answer.Kind.ShouldBe(VaultAnswerKind.Done);
        answer.SignedObjects.Count.ShouldBe(2);
        var opened = ask.Open(answer.SignedObjects[1], 2).Value;
        Encoding.UTF8.GetString(opened.Plaintext).ShouldBe(SentReport.NoteOf(2));
        ask.Open(answer.SignedObjects[0], 2).Refusal!.Code.ShouldBe(EvidenceCodes.ReleaseMismatch);
        answer.AuditEntry.Length.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_bundle_is_hashed_once_and_then_remembered()
    {
        var report = SentReport.Seal(custody, notes: 1);
        (await new Ask(custody, report).SendAsync()).Code.ShouldBe("");

        var answer = await custody.Client.OpenAsync(
            new Ask(custody, report).Opening(),
            (_, _) => throw new InvalidOperationException("The segments were asked for again."),
            TestContext.Current.CancellationToken
        );

        answer.Code.ShouldBe("");
    }

    [Fact]
    public async Task A_disclosure_goes_to_the_court_and_to_nobody_else()
    {
        var report = SentReport.Seal(custody, notes: 3);
        var ask = new Ask(custody, report)
        {
            Granted = [1],
            Purpose = GrantPurpose.LegalDisclosure,
            Approvers = [Custody.Anna, Custody.Ben],
            Route = VaultRequestKind.Disclose,
        };

        var answer = await ask.SendAsync();

        answer.Code.ShouldBe("");
        var disclosure = Disclosure.Verify(answer.SignedObjects[0], custody.VaultKey).Value;
        var verified = disclosure.VerifyContents().Value;
        verified.Descriptors.Single().Index.ShouldBe(1u);
        disclosure.Recipient.ShouldBe(ask.Tab.PublicKey.ToArray());
    }

    [Fact]
    public async Task V1_refuses_a_report_that_the_intake_did_not_complete()
    {
        var report = SentReport.Seal(custody, notes: 1);
        using var stranger = CoseSigner.Generate();
        var forged = new IntakeReceipt(new byte[16], report.ContentId, Custody.Now, new byte[32]).Sign(stranger);

        await Refused(new Ask(custody, report with { Receipt = forged }), EvidenceCodes.NotAccepted);
    }

    [Fact]
    public async Task V1_refuses_a_device_key_that_is_not_the_manifests()
    {
        var report = SentReport.Seal(custody, notes: 1);
        using var other = CoseSigner.Generate();
        await Refused(new Ask(custody, report with { Device = other.PublicKey }), EvidenceCodes.UnknownDevice);
    }

    [Fact]
    public async Task V1_refuses_a_segment_that_is_not_the_signed_one()
    {
        var report = SentReport.Seal(custody, notes: 2);
        byte[] other = [.. report.Segments[1]];
        other[60] ^= 1;

        await Refused(new Ask(custody, report with { Segments = [report.Segments[0], other] }), "evb1.segment-hash");
        await Refused(new Ask(custody, report with { Segments = [report.Segments[0], other[..70]] }), "evb1.truncated");
    }

    [Fact]
    public async Task V1_refuses_a_reporter_who_was_not_a_host()
    {
        var report = SentReport.Seal(custody, notes: 1);
        await Refused(new Ask(custody, report with { Hosts = [new byte[16]] }), EvidenceCodes.ReporterNotHost);
    }

    [Fact]
    public async Task V2_refuses_what_is_no_grant()
    {
        var ask = new Ask(custody, SentReport.Seal(custody, notes: 1));
        var answer = await ask.SendAsync(ask.Opening() with { Grant = [0x80] });
        answer.Code.ShouldBe(EvidenceCodes.GrantMalformed);
    }

    [Fact]
    public async Task V2_refuses_an_approval_by_a_key_that_nobody_enrolled()
    {
        using var stranger = CoseSigner.Generate();
        var ask = new Ask(custody, SentReport.Seal(custody, notes: 1)) { Approvers = [stranger], Opener = stranger };
        await Refused(ask, EvidenceCodes.GrantSignature);
    }

    [Fact]
    public async Task V2_counts_two_keys_of_one_person_as_one_voice()
    {
        var report = SentReport.Seal(custody, notes: 10);
        uint[] nine = [0, 1, 2, 3, 4, 5, 6, 7, 8];
        await Refused(new Ask(custody, report) { Granted = nine }, EvidenceCodes.GrantQuorum);
        await Refused(
            new Ask(custody, report) { Granted = nine, Approvers = [Custody.Anna, Custody.AnnaAgain] },
            EvidenceCodes.GrantQuorum
        );
        await Refused(
            new Ask(custody, report) { Purpose = GrantPurpose.LegalDisclosure, Route = VaultRequestKind.Disclose },
            EvidenceCodes.GrantQuorum
        );
    }

    [Fact]
    public async Task V2_wants_a_senior_for_the_whole_of_a_larger_bundle()
    {
        var report = SentReport.Seal(custody, notes: 9);
        uint[] all = [0, 1, 2, 3, 4, 5, 6, 7, 8];
        await Refused(
            new Ask(custody, report) { Granted = all, Approvers = [Custody.Anna, Custody.Ben] },
            EvidenceCodes.GrantQuorum
        );

        var senior = new Ask(custody, report) { Granted = all, Approvers = [Custody.Anna, Custody.Carla] };
        (await senior.SendAsync()).Code.ShouldBe("");
    }

    [Fact]
    public async Task V2_lets_nobody_open_alone_on_the_word_of_another()
    {
        var ask = new Ask(custody, SentReport.Seal(custody, notes: 1)) { Opener = Custody.Ben };
        await Refused(ask, EvidenceCodes.GrantQuorum);
    }

    [Fact]
    public async Task V2_refuses_a_grant_for_another_report_or_case_or_for_a_segment_there_is_not()
    {
        var report = SentReport.Seal(custody, notes: 1);
        await Refused(new Ask(custody, report) { ContentId = new byte[32] }, EvidenceCodes.GrantScope);
        await Refused(new Ask(custody, report) { Granted = [1] }, EvidenceCodes.GrantScope);
        var ask = new Ask(custody, report);
        (await ask.SendAsync(ask.Opening() with { CaseId = new byte[16] })).Code.ShouldBe(EvidenceCodes.GrantScope);
    }

    [Fact]
    public async Task V2_refuses_a_grant_that_has_ended_or_not_begun()
    {
        var report = SentReport.Seal(custody, notes: 1);
        await Refused(
            new Ask(custody, report) { NotBefore = Custody.Now - 20_000, Life = 10_000 },
            EvidenceCodes.GrantExpired
        );
        await Refused(new Ask(custody, report) { NotBefore = Custody.Now + 60_000 }, EvidenceCodes.GrantExpired);
    }

    [Fact]
    public async Task V2_counts_releases_by_segment()
    {
        var report = SentReport.Seal(custody, notes: 2);
        var grant = RandomNumberGenerator.GetBytes(16);
        Ask Once(uint index) =>
            new(custody, report)
            {
                GrantId = grant,
                Granted = [0, 1],
                Requested = [index],
            };

        (await Once(0).SendAsync()).Code.ShouldBe("");
        await Refused(Once(0), EvidenceCodes.GrantExhausted);
        (await Once(1).SendAsync()).Code.ShouldBe("");
    }

    [Fact]
    public async Task V2_gives_the_last_release_to_one_of_many_who_ask_at_once()
    {
        var report = SentReport.Seal(custody, notes: 1);
        var grant = RandomNumberGenerator.GetBytes(16);
        (await new Ask(custody, report).SendAsync()).Code.ShouldBe("");

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => new Ask(custody, report) { GrantId = grant }.SendAsync())
        );

        answers.Count(answer => answer.Kind == VaultAnswerKind.Done).ShouldBe(1);
        answers.Count(answer => answer.Code == EvidenceCodes.GrantExhausted).ShouldBe(7);
    }

    [Fact]
    public async Task V3_refuses_what_is_no_request_or_is_not_signed_by_an_opener()
    {
        var report = SentReport.Seal(custody, notes: 1);
        var ask = new Ask(custody, report);
        (await ask.SendAsync(ask.Opening() with { KeyRequest = [0xD2] })).Code.ShouldBe("evb1.request-malformed");
        await Refused(new Ask(custody, report) { Requester = Custody.Ben }, EvidenceCodes.RequestSignature);
    }

    [Fact]
    public async Task V3_refuses_a_segment_that_was_not_granted_and_the_route_of_another_purpose()
    {
        var report = SentReport.Seal(custody, notes: 2);
        await Refused(new Ask(custody, report) { Requested = [1] }, EvidenceCodes.RequestScope);
        await Refused(new Ask(custody, report) { Route = VaultRequestKind.Disclose }, EvidenceCodes.RequestScope);
        await Refused(
            new Ask(custody, report)
            {
                Purpose = GrantPurpose.ChildSafetyReport,
                Approvers = [Custody.Anna, Custody.Ben],
            },
            EvidenceCodes.RequestScope
        );
    }

    [Fact]
    public async Task V3_refuses_a_request_of_more_than_two_minutes_to_either_side()
    {
        var report = SentReport.Seal(custody, notes: 1);
        await Refused(new Ask(custody, report) { RequestedAt = Custody.Now - 125_000 }, EvidenceCodes.RequestStale);
        await Refused(new Ask(custody, report) { RequestedAt = Custody.Now + 125_000 }, EvidenceCodes.RequestStale);
    }

    [Fact]
    public async Task V3_answers_a_request_once()
    {
        var ask = new Ask(custody, SentReport.Seal(custody, notes: 1)) { Releases = 5 };
        (await ask.SendAsync()).Code.ShouldBe("");
        await Refused(ask, EvidenceCodes.RequestReplayed);
    }

    [Fact]
    public async Task V4_opens_nothing_when_the_log_cannot_be_written()
    {
        var report = SentReport.Seal(custody, notes: 1);
        var folder = Path.Combine(custody.VaultFolder, "log");
        var spent = ReleasesLog();
        Directory.Move(folder, folder + ".away");
        try
        {
            await Refused(new Ask(custody, report), EvidenceCodes.LogUnavailable);
        }
        finally
        {
            Directory.Move(folder + ".away", folder);
        }
        ReleasesLog().ShouldBe(spent);
        (await new Ask(custody, report).SendAsync()).Code.ShouldBe("");
    }

    [Fact]
    public async Task V8_refuses_the_start_of_another_segment()
    {
        var report = SentReport.Seal(custody, notes: 2);
        var ask = new Ask(custody, report);
        var answer = await ask.SendAsync(
            ask.Opening() with
            {
                Starts = [new SegmentStart(0, report.Segments[1][..56])],
            }
        );
        answer.Code.ShouldBe(EvidenceCodes.KeyCommitment);
    }

    [Fact]
    public async Task An_analyst_who_was_taken_off_the_registry_opens_nothing_from_then_on()
    {
        var report = SentReport.Seal(custody, notes: 1);
        using var dora = CoseSigner.Generate();
        await custody.EnrolAsync(dora, "dora");
        Ask Dora() => new(custody, report) { Approvers = [dora], Opener = dora };
        (await Dora().SendAsync()).Code.ShouldBe("");

        await App.RunVaultAsync("unenrol", "--dir", custody.Root, "--kid", dora.PublicKey.KidHex);

        await Refused(Dora(), EvidenceCodes.GrantSignature);
    }

    [Fact]
    public async Task An_emergency_is_logged_under_its_own_type_with_an_alert()
    {
        var ask = new Ask(custody, SentReport.Seal(custody, notes: 1)) { Purpose = GrantPurpose.Emergency };
        var answer = await ask.SendAsync();
        answer.Code.ShouldBe("");
        Encoding.ASCII.GetString(answer.AuditEntry).ShouldContain("emergency");
        await custody.ShouldSayAsync($"ALERT-emergency grant={Convert.ToHexStringLower(ask.GrantId)}");
    }

    [Fact]
    public async Task Health_says_who_answers_and_that_memory_is_closed()
    {
        var health = await custody.Client.HealthAsync(TestContext.Current.CancellationToken);

        health!.SigningKid.ShouldBe(custody.VaultKey.Kid.ToArray());
        health.RecipientKids.ShouldHaveSingleItem().ShouldBe(custody.Recipients[0].Kid);
        health.CustodianReachable.ShouldBeTrue();
        health.Dumpable.ShouldBe(0);
        foreach (var process in (int[])[custody.Vault.Id, custody.Custodian.Id])
        {
            var limits = await File.ReadAllLinesAsync($"/proc/{process}/limits", TestContext.Current.CancellationToken);
            limits
                .Single(line => line.StartsWith("Max core file size", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[4..6]
                .ShouldBe(["0", "0"]);
            (await File.ReadAllTextAsync("/proc/net/unix", TestContext.Current.CancellationToken)).ShouldNotContain(
                $"dotnet-diagnostic-{process}-"
            );
        }
    }

    [Fact]
    public async Task Neither_a_key_nor_a_share_nor_content_is_in_any_log()
    {
        var report = SentReport.Seal(custody, notes: 1);
        var ask = new Ask(custody, report);
        var answer = await ask.SendAsync();
        var release = KeyRelease.Verify(answer.SignedObjects[0], custody.VaultKey).Value;
        var segmentKey = Moderation
            .Evidence.Opening.KeyReleaseOpening.OpenSecret(release, ask.Tab)
            .Value.SegmentKey.ToArray();

        var secrets = new[] { "vault/kem.key", "vault/signing.key", "custodian/kem.key" }
            .Select(name => File.ReadAllBytes(Path.Combine(custody.Root, name)))
            .Append(segmentKey)
            .Append(Encoding.UTF8.GetBytes(SentReport.NoteOf(0)));
        var written = custody.Output + string.Concat(LogFiles().Select(File.ReadAllText));
        written.ShouldContain(Convert.ToHexStringLower(report.ContentId));
        foreach (var secret in secrets)
        {
            written.ShouldNotContain(Convert.ToHexString(secret), Case.Insensitive);
            written.ShouldNotContain(Convert.ToBase64String(secret));
            written.ShouldNotContain(Encoding.Latin1.GetString(secret));
        }
    }

    private string ReleasesLog() =>
        LogFiles().FirstOrDefault(path => path.EndsWith("vault/state/releases.log", StringComparison.Ordinal))
            is { } path
            ? File.ReadAllText(path)
            : "";

    private IEnumerable<string> LogFiles() =>
        new[] { custody.VaultFolder, custody.CustodianFolder }.SelectMany(folder =>
            Directory.GetFiles(folder, "*.log", SearchOption.AllDirectories)
        );

    private static async Task Refused(Ask ask, string code)
    {
        var answer = await ask.SendAsync();
        answer.Code.ShouldBe(code);
        answer.SignedObjects.ShouldBeEmpty();
    }
}
