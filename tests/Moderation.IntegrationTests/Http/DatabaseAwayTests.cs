// While PostgreSQL is away a client is told to come again, not that something is wrong with the server.
using System.Net.Http.Json;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Http;

public sealed class DatabaseAwayTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_its_database_the_server_asks_to_be_asked_again()
    {
        var cluster = new PostgresCluster();
        await cluster.InitializeAsync();
        await using var app = await App.StartAsync(cluster, ("Role", "api"));
        using var http = app.Client();
        await cluster.DisposeAsync();

        using var answer = await http.PostAsJsonAsync(
            "/v1/session",
            new { login = "somebody", password = "a long password" },
            Ct
        );

        await answer.ShouldBeProblemAsync(503, "database.unavailable");
        answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(1));
    }
}
