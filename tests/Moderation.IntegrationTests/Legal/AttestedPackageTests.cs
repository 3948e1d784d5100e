// The attribution that a package states: what was asserted, what waits for an opening, and what an opening finds.
using System.Text.Json.Nodes;
using Moderation.CasePackage;
using Moderation.IntegrationTests.Cli;
using Moderation.IntegrationTests.Intake;
using Moderation.IntegrationTests.Opening;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Legal;

[Collection(OpeningCollection.Name)]
public sealed class AttestedPackageTests(VaultApp app)
{
    [Fact]
    public async Task A_package_says_what_is_not_checked_yet_and_the_authoritys_opening_says_the_grades()
    {
        var folder = Directory.CreateTempSubdirectory("moderation-grades-").FullName;
        try
        {
            using var meeting = await RelayedMeeting.JoinAsync(app);
            await meeting.TrustAsync();
            var (report, bundle) = await meeting.FileAsync();
            var about = await app.CaseOfAsync(report.ReportId);
            using var desk = await ReleaseDesk.ForAsync(
                app,
                new FiledReport(report.ReportId, bundle.ContentId, []),
                about
            );
            var export = await desk.PublishedAsync(0, 3);
            var tar = await desk.DownloadAsync(export, folder);
            (await PackageApp.RunAsync(folder, "tar", "-xf", tar)).Code.ShouldBe(0);
            var bag = Path.Combine(folder, export.Name);
            var key = Path.Combine(folder, "agency.key");
            await File.WriteAllTextAsync(key, Convert.ToHexStringLower(desk.Agency.ExportPrivateKey()));

            var proof = Path.Combine(bag, BagPath.ProofOf("E0001"));
            GradesOf(proof).ShouldBe(["not_checked", "G0"]);
            var stated = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(bag, BagPath.Verification)))![
                "exhibits"
            ]![0]!;
            ((string)stated["grade"]!).ShouldBe("G0");
            ((string)stated["shows"]!).ShouldContain("not checked yet");

            var closed = await VerifyAsync(bag);
            closed.Code.ShouldBe(0, closed.Output + closed.Talk);
            (closed.Output + closed.Talk).ShouldContain("warn: grades of E0001: 1 segments have a relay receipt");
            var opened = await VerifyAsync(bag, "--key", key);
            opened.Code.ShouldBe(0, opened.Output + opened.Talk);
            (opened.Output + opened.Talk).ShouldContain("ok:   grades of E0001 (0 G1, 3 G0)");

            // A grade that the signed kinds do not allow is seen without any key to the content.
            var text = await File.ReadAllTextAsync(proof);
            await File.WriteAllTextAsync(proof, text.Replace("\"G0\"", "\"G1\"", StringComparison.Ordinal));
            var forged = await VerifyAsync(bag);
            forged.Code.ShouldBe(6);
            (forged.Output + forged.Talk).ShouldContain(
                "FAIL: disclosure package: E0001: a grade is not one that the segments can have"
            );

            Task<CommandRun> VerifyAsync(string package, params string[] more) =>
                CommandLine.RunAsync(
                    new Dictionary<string, string>(),
                    [
                        "export",
                        "verify",
                        package,
                        "--ca",
                        Path.Combine(app.KeysDir, "server", "package-ca.pem"),
                        "--vault-key",
                        Path.Combine(app.KeysDir, "public", "vault.pub"),
                        .. more,
                    ]
                );
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<string> GradesOf(string proof) =>
        [.. JsonNode.Parse(File.ReadAllText(proof))!["segments"]!.AsArray().Select(s => (string)s!["grade"]!)];
}
