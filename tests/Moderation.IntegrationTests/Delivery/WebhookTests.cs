// A platform subscribes over HTTP, gets what was decided, and can trust it; nobody else can.
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Moderation.Domain.Accounts;
using Moderation.Domain.Enforcements;
using Moderation.Domain.Staff;
using Moderation.Features.Delivery;
using Moderation.IntegrationTests.Enforcement;
using Moderation.Sdk.Webhooks;

namespace Moderation.IntegrationTests.Delivery;

public sealed class WebhookTests(App app) : IClassFixture<App>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_suspension_arrives_signed_and_two_independent_libraries_accept_it_and_refuse_it_changed()
    {
        await using var receiver = await Receiver.StartAsync();
        var (_, secret) = await SubscribeAsync(receiver.Address);

        await app.InDbAsync(db => Sentence.PassAsync(db, "9b21", new Sanction.Suspension("all", TimeSpan.FromDays(3))));
        var got = await receiver.WaitForAsync(g => g.Account == "9b21");

        got.Json.GetProperty("type").GetString().ShouldBe("enforcement.account.suspended");
        got.Json.GetProperty("data").GetProperty("event_id").GetString().ShouldBe(got.Id);
        var verifier = new WebhookVerifier([secret], app.Clock);
        Verdict(got).ShouldBe(WebhookVerdict.Genuine);
        Verdict(got with { Body = Flipped(got.Body) }).ShouldBe(WebhookVerdict.SignatureMismatch);
        Verdict(Changed(got, WebhookVerifier.IdHeader, got.Id + "x")).ShouldBe(WebhookVerdict.SignatureMismatch);
        Verdict(Changed(got, WebhookVerifier.TimestampHeader, Later(got, 1)))
            .ShouldBe(WebhookVerdict.SignatureMismatch);

        (await StandardWebhooks.JudgeAsync(secret, got)).ShouldBe("accepted");
        (await StandardWebhooks.JudgeAsync(secret, got with { Body = Flipped(got.Body) })).ShouldStartWith("refused");
        (
            await StandardWebhooks.JudgeAsync(secret, Changed(got, WebhookVerifier.IdHeader, got.Id + "x"))
        ).ShouldStartWith("refused");
        (
            await StandardWebhooks.JudgeAsync(secret, Changed(got, WebhookVerifier.TimestampHeader, Later(got, 1)))
        ).ShouldStartWith("refused");
        var old = Resigned(secret, got, Later(got, -301));
        (await StandardWebhooks.JudgeAsync(secret, old)).ShouldBe("refused: Message timestamp too old");
        Verdict(old).ShouldBe(WebhookVerdict.TimestampOutOfTolerance);

        WebhookVerdict Verdict(Received r) => verifier.Verify(r.Id, r.Timestamp, r.Signature, r.Body);
    }

    [Fact]
    public async Task A_new_subscription_is_enabled_by_answering_the_test_event()
    {
        await using var receiver = await Receiver.StartAsync();
        using var platform = await app.PlatformAsync();

        using var answer = await platform.PostAsJsonAsync("/v1/webhooks", new { url = receiver.Address }, Ct);
        var shape = await answer.Content.ReadFromJsonAsync<JsonElement>(Ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        shape.GetProperty("status").GetString().ShouldBe("pending");
        var test = await receiver.WaitForAsync(g => g.Json.GetProperty("type").GetString() == OutwardJson.TestKind);

        new WebhookVerifier([shape.GetProperty("secret").GetString()!], app.Clock)
            .Verify(test.Id, test.Timestamp, test.Signature, test.Body)
            .ShouldBe(WebhookVerdict.Genuine);
        var id = shape.GetProperty("id").GetString();
        await UntilAsync(async () => (await ListedAsync(platform, id))?.GetProperty("status").GetString() == "active");
        (await ListedAsync(platform, id))!.Value.GetProperty("secret").ValueKind.ShouldBe(JsonValueKind.Null);

        using var deleted = await platform.DeleteAsync($"/v1/webhooks/{id}", Ct);
        deleted.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await ListedAsync(platform, id)).ShouldBeNull();
        using var again = await platform.DeleteAsync($"/v1/webhooks/{id}", Ct);
        again.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task The_secret_is_nowhere_in_the_database_in_the_clear()
    {
        await using var receiver = await Receiver.StartAsync();
        var (_, secret) = await SubscribeAsync(receiver.Address);
        var bytes = Convert.FromBase64String(secret["whsec_".Length..]);

        var rows = await app.InDbAsync(db => db.Subscriptions.AsNoTracking().ToListAsync(Ct));
        rows.ShouldNotBeEmpty();
        rows.Exists(row => row.SealedSecret.AsSpan().IndexOf(bytes) >= 0).ShouldBeFalse();
        var logged = await app.InDbAsync(db => db.Events.Select(e => e.Payload).ToListAsync(Ct));
        logged.Exists(payload => payload.Contains(secret["whsec_".Length..])).ShouldBeFalse();
        var box = app.Services.GetService(typeof(SecretBox)) as SecretBox;
        rows.Exists(row => box!.Open(row.SealedSecret, row.Id).SequenceEqual(bytes)).ShouldBeTrue();
        // Bound to its row: moved to another subscription it does not open.
        Should.Throw<System.Security.Cryptography.CryptographicException>(() =>
            box!.Open(rows[0].SealedSecret, SubscriptionId.New(app.Clock.GetUtcNow()))
        );
    }

    [Theory]
    [InlineData("http://platform.example/hook")]
    [InlineData("https://169.254.169.254/latest")]
    [InlineData("https://user@platform.example/")]
    public async Task A_url_that_must_not_be_called_is_refused(string url)
    {
        using var platform = await app.PlatformAsync();

        using var answer = await platform.PostAsJsonAsync("/v1/webhooks", new { url }, Ct);

        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await answer.Content.ReadAsStringAsync(Ct)).ShouldContain("webhook.url-refused");
    }

    [Fact]
    public async Task Only_the_platform_reaches_its_subscriptions()
    {
        using var analyst = (await app.StaffAsync(StaffRole.Analyst)).Http;
        using var host = await app.HostAsync(AccountId.New(app.Clock.GetUtcNow()));
        using var nobody = app.Client();

        (await analyst.GetAsync("/v1/webhooks", Ct)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await host.GetAsync("/v1/webhooks", Ct)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await nobody.GetAsync("/v1/webhooks", Ct)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_administrator_sends_a_parked_delivery_again_and_nobody_an_unparked_one()
    {
        await using var receiver = await Receiver.StartAsync();
        var (subscription, _) = await SubscribeAsync(receiver.Address);
        await app.InDbAsync(db => Sentence.PassAsync(db, "resend-me", new Sanction.Warning()));
        var first = await receiver.WaitForAsync(g => g.Account == "resend-me");
        Domain.EventId.TryParse(first.Id, null, out var eventId);
        using var admin = (await app.StaffAsync(StaffRole.Admin)).Http;
        var address = $"/v1/webhooks/{subscription}/deliveries/{eventId}:resend";
        await UntilAsync(() => app.InDbAsync(db => Mine(db).AnyAsync(d => d.Status == DeliveryStatus.Delivered, Ct)));

        (await admin.PostAsync(address, null, Ct)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        await app.InDbAsync(db =>
            Mine(db).ExecuteUpdateAsync(s => s.SetProperty(d => d.Status, DeliveryStatus.Parked), Ct)
        );
        (await admin.PostAsync(address, null, Ct)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await UntilAsync(() => Task.FromResult(receiver.Got.Count(g => g.Id == first.Id) == 2));

        IQueryable<Domain.Enforcements.Delivery> Mine(Data.ModerationDb db) =>
            db.Deliveries.Where(d => d.EventId == eventId && d.SubscriptionId == subscription);
    }

    private async Task<(SubscriptionId Id, string Secret)> SubscribeAsync(Uri url)
    {
        using var platform = await app.PlatformAsync();
        using var answer = await platform.PostAsJsonAsync("/v1/webhooks", new { url }, Ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created);
        var shape = await answer.Content.ReadFromJsonAsync<JsonElement>(Ct);
        SubscriptionId.TryParse(shape.GetProperty("id").GetString(), null, out var id);
        return (id, shape.GetProperty("secret").GetString()!);
    }

    private static async Task<JsonElement?> ListedAsync(HttpClient platform, string? id)
    {
        var all = await platform.GetFromJsonAsync<List<JsonElement>>("/v1/webhooks", Ct);
        var found = all!.FindIndex(w => w.GetProperty("id").GetString() == id);
        return found < 0 ? null : all[found];
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await holds())
                return;
            await Task.Delay(50, Ct);
        }
        throw new TimeoutException("It did not come about.");
    }

    private static byte[] Flipped(byte[] body)
    {
        var changed = (byte[])body.Clone();
        changed[^3] ^= 1;
        return changed;
    }

    private static string Later(Received got, int seconds) =>
        (long.Parse(got.Timestamp, System.Globalization.CultureInfo.InvariantCulture) + seconds).ToString(
            System.Globalization.CultureInfo.InvariantCulture
        );

    private static Received Changed(Received got, string header, string value) =>
        got with
        {
            Headers = new Dictionary<string, string>(got.Headers) { [header] = value },
        };

    private static Received Resigned(string secret, Received got, string timestamp)
    {
        var signature = WebhookSignature.Sign(
            got.Id,
            long.Parse(timestamp, System.Globalization.CultureInfo.InvariantCulture),
            got.Body,
            [Convert.FromBase64String(secret["whsec_".Length..])]
        );
        return Changed(
            Changed(got, WebhookVerifier.TimestampHeader, timestamp),
            WebhookVerifier.SignatureHeader,
            signature
        );
    }

    // The stock library of another language, fetched once a run into a folder of its own (EV-10).
    private static class StandardWebhooks
    {
        private const string Script = """
            import { Webhook } from "standardwebhooks";
            let text = "";
            for await (const chunk of process.stdin) text += chunk;
            const { secret, headers, body } = JSON.parse(text);
            try {
              new Webhook(secret).verify(Buffer.from(body, "base64").toString("utf8"), headers);
              console.log("accepted");
            } catch (e) {
              console.log("refused: " + e.message);
            }
            """;

        private static readonly Lazy<Task<string>> Folder = new(InstallAsync);

        public static async Task<string> JudgeAsync(string secret, Received got)
        {
            var input = JsonSerializer.Serialize(
                new
                {
                    secret,
                    headers = new Dictionary<string, string>
                    {
                        [WebhookVerifier.IdHeader] = got.Id,
                        [WebhookVerifier.TimestampHeader] = got.Timestamp,
                        [WebhookVerifier.SignatureHeader] = got.Signature,
                    },
                    body = Convert.ToBase64String(got.Body),
                }
            );
            return (await RunAsync(await Folder.Value, "node", ["judge.mjs"], input)).Trim();
        }

        private static async Task<string> InstallAsync()
        {
            var folder = Directory.CreateTempSubdirectory("moderation-npm-").FullName;
            await File.WriteAllTextAsync(Path.Combine(folder, "package.json"), """{"private":true,"type":"module"}""");
            await File.WriteAllTextAsync(Path.Combine(folder, "judge.mjs"), Script);
            await RunAsync(
                folder,
                "npm",
                ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--silent", "standardwebhooks@1.1.1"],
                ""
            );
            return folder;
        }

        private static async Task<string> RunAsync(string folder, string program, string[] arguments, string input)
        {
            var start = new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(false),
            };
            using var process = Process.Start(start)!;
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(Ct);
            var output = await process.StandardOutput.ReadToEndAsync(Ct);
            await process.WaitForExitAsync(Ct);
            process.ExitCode.ShouldBe(0, await errors);
            return output;
        }
    }
}
