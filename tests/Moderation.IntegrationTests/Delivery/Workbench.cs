// One worker without its loops: a container with the pump, the sender and any consumers, on a database that several may share.
using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Moderation.Contracts.Enforcement.V1;
using Moderation.Data;
using Moderation.Domain.Enforcements;
using Moderation.Features.Delivery;

namespace Moderation.IntegrationTests.Delivery;

public sealed class Workbench : IAsyncDisposable
{
    // One key for all workbenches of a run, as all workers of an installation share one file.
    private static readonly string KeyFile = WriteKey();
    private readonly ServiceProvider _services;

    public Workbench(string connectionString, ShiftedClock clock, Action<IServiceCollection>? add = null)
    {
        Clock = clock;
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    new Dictionary<string, string?> { ["Webhooks:AllowLoopback"] = "true", ["Keys:Secrets"] = KeyFile }
                )
                .Build()
        );
        services.AddSingleton(Log);
        services.AddLogging(logging => logging.AddProvider(Log).SetMinimumLevel(LogLevel.Trace));
        services.AddSingleton<TimeProvider>(clock);
        services.AddDbContext<ModerationDb>(options => options.UseModeration(connectionString));
        add?.Invoke(services);
        services.AddDelivery(runsWork: false);
        _services = services.BuildServiceProvider();
    }

    public ShiftedClock Clock { get; }
    public KeptLog Log { get; } = new();
    public EventPump Pump => Get<EventPump>();
    public DeliverWebhooks Sender => Get<DeliverWebhooks>();

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    public async Task<T> InDbAsync<T>(Func<ModerationDb, Task<T>> act)
    {
        await using var scope = _services.CreateAsyncScope();
        return await act(scope.ServiceProvider.GetRequiredService<ModerationDb>());
    }

    /// <summary>Writes what a suspension says, with the given version, as the ledger would.</summary>
    public Task<Domain.EventId> SaySuspendedAsync(string account, long version) =>
        InDbAsync(async db =>
        {
            var now = Clock.GetUtcNow();
            var id = Domain.EventId.New(now);
            var decision = Domain.Cases.DecisionId.New(now).ToString();
            var said = new AccountSuspended(
                new EnforcementHeader(
                    id.ToString(),
                    decision,
                    decision,
                    decision,
                    "default",
                    account,
                    version,
                    now,
                    DecidedBy.Staff,
                    new Dictionary<string, string> { ["en"] = "Suspended – “now”." },
                    true,
                    new AccountState(true, null, [], false)
                ),
                null,
                "all",
                false
            );
            var line = db.Say(AccountSuspended.Kind, said, now, id);
            line.AccountId = new Guid(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(account)).AsSpan(0, 16));
            line.AccountVersion = version;
            line.Actor = "stf_secret";
            await db.SaveChangesAsync();
            return id;
        });

    /// <summary>Adds a subscription that has answered its test, and returns its secret.</summary>
    public async Task<(SubscriptionId Id, string Secret)> SubscribeAsync(Uri url)
    {
        var now = Clock.GetUtcNow();
        var id = SubscriptionId.New(now);
        var secret = RandomNumberGenerator.GetBytes(32);
        var subscription = new Subscription
        {
            Id = id,
            Url = url.ToString(),
            SealedSecret = Get<SecretBox>().Seal(secret, id),
            CreatedAt = now,
        };
        subscription.Make(SubscriptionMove.Confirm);
        await InDbAsync(db =>
        {
            db.Subscriptions.Add(subscription);
            return db.SaveChangesAsync();
        });
        return (id, WebhookSignature.ToText(secret));
    }

    public async Task PumpUntilIdleAsync()
    {
        while (await Pump.PumpAsync(TestContext.Current.CancellationToken) > 0)
            continue;
    }

    public async Task SendUntilIdleAsync()
    {
        while (await Sender.RunOnceAsync(TestContext.Current.CancellationToken) > 0)
            continue;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static string WriteKey()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("moderation-key-").FullName, "secrets.key");
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(32));
        return path;
    }
}

/// <summary>Keeps every log line, so that a test can look for what must or must not be in it.</summary>
public sealed class KeptLog : ILoggerProvider, ILogger
{
    private readonly System.Collections.Concurrent.ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public IReadOnlyCollection<(LogLevel Level, string Text)> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        Microsoft.Extensions.Logging.EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter
    ) => _lines.Enqueue((logLevel, $"{formatter(state, exception)} {exception}"));

    public void Dispose() { }
}
