// A real Chromium without the product beside it: pages come from the repository's files, on an origin that counts as secure.
using Microsoft.Playwright;
using Moderation.Tests;

namespace Moderation.BrowserTests;

public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--autoplay-policy=no-user-gesture-required",
    ];
    private static readonly Dictionary<string, string> Types = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css",
        [".json"] = "application/json",
    };
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Environment.GetEnvironmentVariable("MODERATION_CHROMIUM") ?? "/usr/bin/chromium",
                Args = Arguments,
            }
        );

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await LaunchAsync(_playwright);
    }

    /// <summary>Opens a page of src/evidence-js; it sees that folder, the vectors and the SDK's sample media.</summary>
    public async Task<IPage> OpenAsync(string path)
    {
        var page = await (await _browser!.NewContextAsync()).NewPageAsync();
        page.SetDefaultTimeout(60_000);
        await page.RouteAsync("http://localhost/**", AnswerAsync);
        await page.GotoAsync($"http://localhost/evidence-js/{path}");
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    private static async Task AnswerAsync(IRoute route)
    {
        var path = new Uri(route.Request.Url).AbsolutePath;
        var file = path switch
        {
            _ when path.StartsWith("/vectors/own/", StringComparison.Ordinal) => TestPaths.Repository(
                "tests/vectors",
                path[13..]
            ),
            _ when path.StartsWith("/vectors/", StringComparison.Ordinal) => TestPaths.Shared("vectors", path[9..]),
            _ when path.StartsWith("/media/", StringComparison.Ordinal) => TestPaths.Repository(
                "src/Moderation.Sdk/Testing/Media",
                path[7..]
            ),
            _ => TestPaths.Repository("src", path[1..]),
        };
        if (!File.Exists(file))
        {
            await route.FulfillAsync(new RouteFulfillOptions { Status = 404 });
            return;
        }
        await route.FulfillAsync(
            new RouteFulfillOptions
            {
                BodyBytes = await File.ReadAllBytesAsync(file),
                ContentType = Types.GetValueOrDefault(Path.GetExtension(file), "application/octet-stream"),
            }
        );
    }
}
