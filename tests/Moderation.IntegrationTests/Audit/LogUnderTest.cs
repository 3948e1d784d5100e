// An audit log in a database of its own, with no server running over it: a test says when it grows.
using Microsoft.Extensions.Configuration;
using Moderation.Contracts.Audit;
using Moderation.Data;
using Moderation.Evidence.Audit;
using Moderation.Features.Audit;
using Moderation.Tests;
using Npgsql;

namespace Moderation.IntegrationTests.Audit;

public sealed class LogUnderTest : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("moderation-log-").FullName;
    private readonly PostgresCluster _cluster;
    private readonly string _database;
    private readonly IConfiguration _configuration;

    private LogUnderTest(PostgresCluster cluster, string connection)
    {
        _cluster = cluster;
        Connection = connection;
        _database = new NpgsqlConnectionStringBuilder(connection).Database!;
        var key = Path.Combine(_folder, "log.key");
        LogKeys.MakeFiles(key, _folder, App.LogOrigin);
        _configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?> { ["Keys:Log"] = key, ["Audit:CheckpointMilliseconds"] = "0" }
            )
            .Build();
        Keys = new LogKeys(_configuration);
    }

    public string Connection { get; }
    public LogKeys Keys { get; }

    public static async Task<LogUnderTest> MakeAsync(PostgresCluster cluster) =>
        new(cluster, await cluster.NewDatabaseAsync());

    public ModerationDb Open() => _cluster.Open(_database);

    /// <summary>Writes events as the product does, one transaction.</summary>
    public async Task SayAsync(int count)
    {
        await using var db = Open();
        for (var i = 0; i < count; i++)
            db.Say("test.said", new { number = i }, TimeProvider.System.GetUtcNow()).Actor = "system:test";
        await db.SaveChangesAsync();
    }

    /// <summary>Writes many events by one statement.</summary>
    public Task SayInBulkAsync(int count) =>
        SqlAsync(
            $"""
            insert into events (id, kind, payload, occurred_at)
            select gen_random_uuid(), 'test.said', jsonb_build_object('number', n), now() from generate_series(1, {count}) n
            """
        );

    public async Task<int> AppendAsync()
    {
        await using var db = Open();
        return await new AppendEvents(db).RunAsync(CancellationToken.None);
    }

    public async Task AppendAllAsync()
    {
        while (await AppendAsync() > 0) { }
    }

    public async Task<bool> SignAsync()
    {
        await using var db = Open();
        return await new SignCheckpoint(db, Keys, _configuration).RunAsync(CancellationToken.None);
    }

    public async Task<VerifiedLog> VerifyAsync()
    {
        await using var db = Open();
        return await new VerifyAudit.Handler(db, Keys, TimeProvider.System).HandleAsync("system:test", default);
    }

    public async Task<List<Checkpoint>> CheckpointsAsync()
    {
        await using var db = Open();
        return
        [
            .. db
                .AuditCheckpoints.OrderBy(c => c.Size)
                .ToList()
                .Select(c => Checkpoint.Verify(c.Note, Keys.PublicKeys).ShouldNotBeNull()),
        ];
    }

    /// <summary>The whole log as a file's lines.</summary>
    public async Task<string[]> ExportAsync()
    {
        await using var db = Open();
        var handler = new ExportAudit.Handler(db, TimeProvider.System);
        var size = (await handler.StartAsync("system:test", default)).Value;
        using var output = new MemoryStream();
        await handler.WriteAsync(output, size, default);
        return System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n')[..^1];
    }

    public async Task SqlAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Connection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> ReadAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(Connection);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Every event has exactly one leaf of its own, the indexes have no gap, and nothing waits.</summary>
    public async Task ShouldBeWholeAsync()
    {
        (await ReadAsync<long>("select count(*) from audit_waiting")).ShouldBe(0);
        var events = await ReadAsync<long>("select count(*) from events");
        (await ReadAsync<long>("select count(*) from audit_leaves where form = 'Event'")).ShouldBe(events);
        (await ReadAsync<long>("select count(distinct event_id) from audit_leaves")).ShouldBe(events);
        (await ReadAsync<bool>("select count(*) = max(index) + 1 and min(index) = 0 from audit_leaves")).ShouldBeTrue();
        (await ReadAsync<bool>("select size = (select count(*) from audit_leaves) from audit_head")).ShouldBeTrue();
    }

    public ValueTask DisposeAsync()
    {
        Keys.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
