// Refreshing the lists: what is accepted, what is refused, and that the last good list serves on.
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Moderation.Domain.Risk;
using Moderation.Features.Risk.Feeds;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Risk;

public sealed class RefreshFeedsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("moderation-feeds-").FullName;
    private readonly ShiftedClock _clock = new();

    [Fact]
    public async Task A_folder_in_the_form_of_the_data_gives_every_list_with_its_version()
    {
        var data = Data(new RiskFeedOptions { Folder = TestPaths.Shared("data", "risk") });

        await data.RefreshAsync("test", TestContext.Current.CancellationToken);

        data.Current!.SourceOf(RiskFiles.Curated).ShouldBe("disposable-curated@2026-07-22");
        EmailClassification.Of(data.Current, "x@mailinator.com").Class.ShouldBe(MailClass.Curated);
        AddressClassification.Of(data.Current, "2.26.157.7").Holds(AddressClasses.Vpn).ShouldBe(true);
        var status = data.Status().ToDictionary(s => s.Feed);
        status[RiskFiles.Curated].Record!.Rows.ShouldBe(8_142);
        status[RiskFiles.Curated].Record!.Licence.ShouldBe("CC0-1.0");
        status[RiskFiles.RentedServersAsn].State.ShouldBe(FeedState.Absent);
        // The snapshot of July is older than a day, so it says nothing of today's exits.
        status[RiskFiles.TorExits].State.ShouldBe(FeedState.Stale);
        Tor(data.Current).ShouldBeNull();
        status.Values.ShouldAllBe(s => s.Refusal == null);

        bool? Tor(RiskSnapshot lists) =>
            AddressClassification.Of(lists, "2.56.10.36", _clock.GetUtcNow()).Holds(AddressClasses.TorExit);
    }

    [Fact]
    public async Task A_frozen_folder_speaks_for_the_moment_it_is_read()
    {
        var folder = SmallFolder();
        CopyShared(RiskFiles.TorExits, folder);
        var data = Data(new RiskFeedOptions { Folder = folder, Frozen = true });

        await data.RefreshAsync("test", TestContext.Current.CancellationToken);

        AddressClassification
            .Of(data.Current!, "2.56.10.36", _clock.GetUtcNow())
            .Holds(AddressClasses.TorExit)
            .ShouldBe(true);
    }

    public static TheoryData<string, Func<string[], string[]>> Poisons { get; } =
        new()
        {
            { "feed_too_short", rows => rows[..4_000] },
            { "feed_shrank", rows => rows[..6_000] },
            { "feed_grew", rows => [.. rows, .. rows.Select(r => $"doubled-{r}")] },
            { "feed_malformed", _ => [] },
            { "feed_malformed", rows => [.. rows[..^20], .. Enumerable.Repeat("<html> not a list", 20)] },
            { "feed_canary_found", rows => [.. rows, "gmail.com"] },
            { "feed_canary_found", rows => [.. rows, "duck.com"] },
            { "feed_canary_missing", rows => [.. rows.Where(r => r != "mailinator.com")] },
        };

    [Theory]
    [MemberData(nameof(Poisons), DisableDiscoveryEnumeration = true)]
    public async Task A_poisoned_list_is_refused_and_the_last_good_one_serves_on(
        string code,
        Func<string[], string[]> poison
    )
    {
        var folder = SmallFolder();
        var data = Data(new RiskFeedOptions { Folder = folder });
        await data.RefreshAsync("test", TestContext.Current.CancellationToken);
        var good = data.Current!.DataVersion;

        var file = Path.Combine(folder, RiskFiles.Paths[RiskFiles.Curated]);
        await File.WriteAllLinesAsync(
            file,
            poison(await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)),
            TestContext.Current.CancellationToken
        );
        await data.RefreshAsync("test", TestContext.Current.CancellationToken);

        var status = data.Status().Single(s => s.Feed == RiskFiles.Curated);
        // An empty file has no row to be malformed: it is too short.
        status.Refusal.ShouldBe(new FileInfo(file).Length == 0 ? "feed_too_short" : code);
        status.Failures.ShouldBe(1);
        data.Current.DataVersion.ShouldBe(good);
        EmailClassification.Of(data.Current, "x@mailinator.com").Class.ShouldBe(MailClass.Curated);
        EmailClassification.Of(data.Current, "x@gmail.com").Class.ShouldNotBe(MailClass.Curated);
    }

    [Fact]
    public async Task What_an_earlier_run_left_is_used_without_asking_a_source()
    {
        var folder = SmallFolder();
        await Data(new RiskFeedOptions { Folder = folder }).RefreshAsync("test", TestContext.Current.CancellationToken);
        Directory.Delete(folder, recursive: true);

        var again = Data(new RiskFeedOptions { Folder = folder });
        again.Current.ShouldBeNull();
        again.LoadLastGood();

        EmailClassification.Of(again.Current!, "x@mailinator.com").Class.ShouldBe(MailClass.Curated);
        again.Current!.SourceOf(RiskFiles.Curated).ShouldBe("disposable-curated@2026-07-22");
    }

    [Fact]
    public async Task A_swap_under_load_loses_no_look_up()
    {
        var folder = SmallFolder();
        var data = Data(new RiskFeedOptions { Folder = folder });
        await data.RefreshAsync("test", TestContext.Current.CancellationToken);
        using var done = new CancellationTokenSource();
        var asking = Task.Run(() =>
        {
            var asked = 0;
            while (!done.IsCancellationRequested)
            {
                EmailClassification.Of(data.Current!, "x@mailinator.com").Class.ShouldBe(MailClass.Curated);
                asked++;
            }
            return asked;
        });

        var file = Path.Combine(folder, RiskFiles.Paths[RiskFiles.Curated]);
        for (var i = 0; i < 5; i++)
        {
            await File.AppendAllTextAsync(file, $"new-{i}.example.com\n", TestContext.Current.CancellationToken);
            await data.RefreshAsync("test", TestContext.Current.CancellationToken);
        }
        await done.CancelAsync();

        (await asking).ShouldBeGreaterThan(1_000);
        EmailClassification.Of(data.Current!, "x@new-4.example.com").Class.ShouldBe(MailClass.Curated);
        data.Status().Single(s => s.Feed == RiskFiles.Curated).Record!.Added.ShouldBe(1);
    }

    [Fact]
    public async Task A_download_is_asked_again_with_its_etag_and_kept_when_nothing_changed()
    {
        var list = await File.ReadAllBytesAsync(
            Path.Combine(TestPaths.Shared("data", "risk"), RiskFiles.Paths[RiskFiles.TorExits]),
            TestContext.Current.CancellationToken
        );
        var seen = new List<(string? IfNoneMatch, int Status)>();
        await using var site = await SiteAsync(
            context =>
            {
                var ifNoneMatch = context.Request.Headers.IfNoneMatch.FirstOrDefault();
                context.Response.StatusCode = ifNoneMatch == "\"v1\"" ? 304 : 200;
                context.Response.Headers.ETag = "\"v1\"";
                seen.Add((ifNoneMatch, context.Response.StatusCode));
                return ifNoneMatch == "\"v1\"" ? Task.CompletedTask : context.Response.Body.WriteAsync(list).AsTask();
            },
            TestContext.Current.CancellationToken
        );
        var refresh = Refresh(Downloads(site.Address + "exits"));

        (await refresh.RunAsync("test", TestContext.Current.CancellationToken)).ShouldNotContainKey(RiskFiles.TorExits);
        var first = refresh.Records()[RiskFiles.TorExits];
        _clock.Offset = TimeSpan.FromHours(1);
        (await refresh.RunAsync("test", TestContext.Current.CancellationToken)).ShouldNotContainKey(RiskFiles.TorExits);
        var second = refresh.Records()[RiskFiles.TorExits];

        seen.ShouldBe([(null, 200), ("\"v1\"", 304)]);
        second.Sha256.ShouldBe(first.Sha256);
        second.Rows.ShouldBe(2_300);
        second.FetchedAt.ShouldBeGreaterThan(first.FetchedAt);
    }

    [Fact]
    public async Task A_download_that_never_ends_is_cut_off_and_one_without_https_is_not_made()
    {
        var block = new byte[1024 * 1024];
        await using var site = await SiteAsync(
            async context =>
            {
                for (var i = 0; i < 80 && !context.RequestAborted.IsCancellationRequested; i++)
                    await context.Response.Body.WriteAsync(block);
            },
            TestContext.Current.CancellationToken
        );

        var endless = await Refresh(Downloads(site.Address + "exits"))
            .RunAsync("test", TestContext.Current.CancellationToken);
        var plain = await Refresh(Downloads("http://127.0.0.1:9/exits"))
            .RunAsync("test", TestContext.Current.CancellationToken);

        endless[RiskFiles.TorExits].ShouldBe("feed_too_large");
        plain[RiskFiles.TorExits].ShouldBe("feed_not_https");
    }

    [Fact]
    public async Task A_package_that_is_not_what_was_pinned_is_refused_and_thrown_away()
    {
        var archive = Path.Combine(_root, "scope-lists-1.0.0.tgz");
        await using (var gzip = new GZipStream(File.Create(archive), CompressionLevel.Fastest))
        await using (var tar = new TarWriter(gzip))
            await tar.WriteEntryAsync(
                new PaxTarEntry(TarEntryType.RegularFile, "package/list.json")
                {
                    DataStream = new MemoryStream("""["b.example","A.example"]"""u8.ToArray()),
                },
                TestContext.Current.CancellationToken
            );
        var digest = FeedGuards.Sha256(await File.ReadAllBytesAsync(archive, TestContext.Current.CancellationToken));
        var package = new FeedSource.Package(
            "@scope/lists",
            "1.0.0",
            digest,
            "package/list.json",
            _clock.GetUtcNow(),
            PackageData.DomainsOfJsonArray
        );
        var packages = new NpmPackages(_root);

        var (bytes, _) = await packages.ReadAsync(package, TestContext.Current.CancellationToken);
        Encoding.UTF8.GetString(bytes!).ShouldBe("b.example\nA.example\n");
        var (none, refusal) = await packages.ReadAsync(
            package with
            {
                Sha256 = new string('0', 64),
            },
            TestContext.Current.CancellationToken
        );
        none.ShouldBeNull();
        refusal.ShouldBe("feed_package_digest");
        File.Exists(archive).ShouldBeFalse();
    }

    [Fact]
    public void The_scripts_words_are_read_as_text_and_trimmed() =>
        Encoding
            .UTF8.GetString(
                PackageData.RolesOfScriptText(
                    "const A = [\n  'Info',\n  '2019',\n  'qa',\n  'berlin',\n  'abuse',\n];\nrun('rm');\n"u8.ToArray()
                )
            )
            .ShouldBe("abuse\ninfo\n");

    [Fact]
    public void Names_are_cut_off_the_network_table()
    {
        var packed = PackageData.NetworkTable(
            "1.0.0.0,1.0.0.255,13335,\"Cloud, Inc.\"\n2001::,2001::1,1,X\n"u8.ToArray()
        );

        FeedGuards.RowsOf(packed).ShouldBe(["1.0.0.0,1.0.0.255,13335", "2001::,2001::1,1"]);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private RiskData Data(RiskFeedOptions options) =>
        new(Refresh(options), options, _clock, NullLogger<RiskData>.Instance);

    private RefreshFeeds Refresh(RiskFeedOptions options)
    {
        options.Cache = Path.Combine(_root, "cache");
        // The certificate is the test's own.
        var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator,
        };
        // Only the lists that a test configures: no package client is started.
        options.Packages = false;
        return new RefreshFeeds(options, _clock, new HttpClient(handler));
    }

    private static RiskFeedOptions Downloads(string address)
    {
        var options = new RiskFeedOptions();
        options.Urls[RiskFiles.TorExits] = [address];
        return options;
    }

    private string SmallFolder()
    {
        var folder = Path.Combine(_root, "source");
        CopyShared(RiskFiles.Curated, folder);
        CopyShared(RiskFiles.PrivacyRelay, folder);
        CopyShared(RiskFiles.PublicSuffixList, folder);
        File.Copy(Path.Combine(TestPaths.Shared("data", "risk"), "README.md"), Path.Combine(folder, "README.md"));
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
            File.SetAttributes(file, FileAttributes.Normal);
        return folder;
    }

    private static void CopyShared(string name, string folder)
    {
        var target = Path.Combine(folder, RiskFiles.Paths[name]);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(Path.Combine(TestPaths.Shared("data", "risk"), RiskFiles.Paths[name]), target);
    }

    private static async Task<Site> SiteAsync(RequestDelegate answer, CancellationToken ct)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var day = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(day.AddDays(-1), day.AddDays(1));
        var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, l => l.UseHttps(certificate))
        );
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(ct);
        var address = app
            .Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!
            .Addresses.First();
        return new Site(app, address + "/");
    }

    private sealed record Site(WebApplication App, string Address) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => App.DisposeAsync();
    }
}
