// Nothing that was recorded in a meeting stands readable in any file of the product: keys, blobs, logs, database.
using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Moderation.Contracts.Triage;
using Moderation.Evidence;
using Moderation.Sdk.Testing;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Opening;

public sealed class CanaryTests(PostgresCluster cluster)
{
    [Fact]
    public async Task Evidence_stands_readable_in_no_file_also_after_it_was_opened_and_decided_on()
    {
        await using var app = new TalkativeApp(cluster);
        await app.InitializeAsync();
        var note = $"note {RandomNumberGenerator.GetHexString(48)}";
        var chat = $"chat {RandomNumberGenerator.GetHexString(48)}";
        await WalkAsync(app, note, chat);
        var reference = await app.InDbAsync(db => db.Cases.Select(c => c.Reference).SingleAsync());
        await app.InDbAsync(db => db.Database.ExecuteSqlAsync($"checkpoint"));

        var files = Files(app);

        // The same search finds what is there, in the database, in a log and in a blob folder: so it can find.
        Where(files, [Encoding.UTF8.GetBytes(reference)]).ShouldContain(file => file.StartsWith(cluster.Folder));
        Where(files, ["key-releases"u8.ToArray()]).ShouldContain(file => file.EndsWith("server.log"));
        var planted = Path.Combine(app.DataDir, "blobs", "planted");
        await File.WriteAllTextAsync(planted, $"…{Convert.ToBase64String(Encoding.UTF8.GetBytes($"ab{note}"))}…");
        Where(Files(app), FormsOf(Encoding.UTF8.GetBytes(note))).ShouldBe([planted]);
        File.Delete(planted);

        Where(files, FormsOf(Encoding.UTF8.GetBytes(note))).ShouldBeEmpty();
        Where(files, FormsOf(Encoding.UTF8.GetBytes(chat))).ShouldBeEmpty();
        Where(files, FormsOf(Picture())).ShouldBeEmpty();
    }

    private static async Task WalkAsync(App app, string note, string chat)
    {
        var (report, about) = await app.FileAsync(note: note, chat: chat);
        using var anna = await AnalystTab.OpenAsync(app);
        using var claimed = await anna.Http.PostAsync("/v1/claims", Answers.Json(new ClaimRequest(about.ToString())));
        var claim = await claimed.ShouldBeAsync<ClaimShape>(200);
        var indices = report.Segments.Index().Where(s => s.Item.Kind is SegmentKind.Note or SegmentKind.Chat);
        uint[] wanted = [0, .. indices.Select(s => (uint)s.Index).Order()];
        foreach (var index in wanted)
        {
            var opened = await anna.OpenSegmentAsync(report.Id, anna.Terms(report.ContentId, about, wanted), index);
            var text = Encoding.UTF8.GetString(opened.Value.Plaintext);
            // What is looked for really was in there.
            (index == 0 || text.Contains(note) || text.Contains(chat)).ShouldBeTrue();
        }
        var detail = await anna.Http.GetFromJsonAsync<JsonElement>($"/v1/cases/{about}");
        using var decision = new HttpRequestMessage(HttpMethod.Post, "/v1/decisions")
        {
            Content = Answers.Json(
                new DecisionRequest(about.ToString(), "no_violation", "none", "Nothing against the rules.")
            ),
            Headers =
            {
                { "If-Match", $"\"{detail.GetProperty("row").GetProperty("version").GetInt32()}\"" },
                { "Moderation-Claim", $"{claim.Id};fence={claim.Fence}" },
                { "Idempotency-Key", RandomNumberGenerator.GetHexString(32) },
            },
        };
        using var decided = await anna.Http.SendAsync(decision);
        decided.IsSuccessStatusCode.ShouldBeTrue(await decided.Content.ReadAsStringAsync());
    }

    // Part of a picture of the synthetic meeting, which every report of it holds.
    private static byte[] Picture()
    {
        using var stream = typeof(FakeMeeting).Assembly.GetManifestResourceStream("media/video-0.m4s")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes[(bytes.Length / 2)..(bytes.Length / 2 + 48)];
    }

    private List<string> Files(App app) =>
        [.. new[] { app.DataDir, cluster.Folder }.SelectMany(folder => Directory.EnumerateFiles(folder, "*", Every))];

    private static EnumerationOptions Every { get; } =
        new()
        {
            RecurseSubdirectories = true,
            AttributesToSkip = 0,
            IgnoreInaccessible = false,
        };

    /// <summary>The bytes themselves, as UTF-16 in both orders, as hex in both cases, and as base64 at every alignment.</summary>
    private static List<byte[]> FormsOf(byte[] canary)
    {
        var text = Encoding.Latin1.GetString(canary);
        List<byte[]> forms =
        [
            canary,
            Encoding.Unicode.GetBytes(text),
            Encoding.BigEndianUnicode.GetBytes(text),
            Encoding.ASCII.GetBytes(Convert.ToHexStringLower(canary)),
            Encoding.ASCII.GetBytes(Convert.ToHexString(canary)),
        ];
        for (var shift = 0; shift < 3; shift++)
        {
            // Whole groups of three only: what stands around the canary changes the characters at its edges.
            var groups = canary.AsSpan(shift, (canary.Length - shift) / 3 * 3);
            forms.Add(Encoding.ASCII.GetBytes(Convert.ToBase64String(groups)));
            forms.Add(Encoding.ASCII.GetBytes(Base64Url.EncodeToString(groups)));
        }
        return forms;
    }

    private static List<string> Where(IEnumerable<string> files, IReadOnlyList<byte[]> forms) =>
        [
            .. files.Where(file =>
            {
                var bytes = TryRead(file);
                return forms.Any(form => bytes.AsSpan().IndexOf(form) >= 0);
            }),
        ];

    // PostgreSQL may take a file away between the listing and the reading.
    private static byte[] TryRead(string file)
    {
        try
        {
            // Sockets and the like have no bytes.
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[stream.Length];
            var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return bytes[..read];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>Vault and all, with everything the server could say written to a log file.</summary>
    private sealed class TalkativeApp(PostgresCluster cluster) : App(cluster)
    {
        public override async ValueTask InitializeAsync()
        {
            Settings["Logging:LogLevel:Default"] = "Trace";
            Settings["Logging:LogLevel:Moderation"] = "Trace";
            await base.InitializeAsync();
            await StartVaultAsync();
        }

        protected override void Configure(IWebHostBuilder host)
        {
            var logs = Path.Combine(DataDir, "log");
            Directory.CreateDirectory(logs);
            host.ConfigureLogging(logging =>
            {
                logging.ClearProviders();
                logging.AddProvider(new FileLog(Path.Combine(logs, "server.log")));
            });
        }
    }

    private sealed class FileLog(string path) : ILoggerProvider
    {
        private readonly TextWriter _file = TextWriter.Synchronized(new StreamWriter(path) { AutoFlush = true });

        public ILogger CreateLogger(string categoryName) => new Line(_file, categoryName);

        public void Dispose() => _file.Dispose();

        private sealed class Line(TextWriter file, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel,
                EventId eventId,
                TState state,
                Exception? exception,
                Func<TState, Exception?, string> formatter
            ) => file.WriteLine($"{logLevel} {category} {formatter(state, exception)} {exception}");
        }
    }
}
