// The product with its vault and a real Chromium beside it.
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using Moderation.Domain.Staff;
using Moderation.IntegrationTests;
using Moderation.Tests;

namespace Moderation.BrowserTests;

public sealed class BrowserApp(PostgresCluster cluster) : App(cluster)
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Where pictures of the pages are kept, for people to look at.</summary>
    public static string Pictures { get; } =
        Environment.GetEnvironmentVariable("MODERATION_PICTURES")
        ?? Path.Combine(Path.GetTempPath(), "moderation-pictures");

    public override async ValueTask InitializeAsync()
    {
        // Long enough to be seen, short enough to be waited for.
        Settings["Policy:GraceSeconds"] = "2";
        await base.InitializeAsync();
        await StartVaultAsync();
        Directory.CreateDirectory(Pictures);
        _playwright = await Playwright.CreateAsync();
        _browser = await Chromium.LaunchAsync(_playwright);
    }

    /// <summary>A browser profile of its own with one page.</summary>
    public async Task<ReviewPage> NewPageAsync(ColorScheme scheme = ColorScheme.Light)
    {
        var context = await _browser!.NewContextAsync(
            new BrowserNewContextOptions
            {
                BaseURL = Address.ToString(),
                ColorScheme = scheme,
                ViewportSize = new ViewportSize { Width = 1440, Height = 900 },
                TimezoneId = "UTC",
                Locale = "en-GB",
            }
        );
        return new ReviewPage(this, await context.NewPageAsync());
    }

    public async Task<MeetingHost> HostAsync(TimeSpan? window = null) =>
        await MeetingHost.JoinAsync(await PlatformAsync(), KeysDir, window);

    /// <summary>The administrator's part: finds the key that waits, enrols it with vault and custodian, says so.</summary>
    public async Task EnrolWaitingKeyAsync(StaffMember member)
    {
        var admin = (await StaffAsync(StaffRole.Admin)).Http;
        var waiting = await admin.GetFromJsonAsync<JsonElement>("/v1/approval-keys");
        var key = waiting.EnumerateArray().Single(k => k.GetProperty("staff_id").GetString() == member.Id.ToString());
        await RunVaultAsync(
            "enrol",
            "--dir",
            KeysDir,
            "--staff",
            member.Id.ToString(),
            "--key",
            Convert.ToHexStringLower(
                System.Buffers.Text.Base64Url.DecodeFromChars(key.GetProperty("cose_key").GetString())
            )
        );
        using var said = await admin.PostAsync(
            $"/v1/approval-keys/{key.GetProperty("kid").GetString()}:enrolled",
            null
        );
        said.IsSuccessStatusCode.ShouldBeTrue();
    }

    public override async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        await base.DisposeAsync();
    }
}
