// The product under test: the real server on a real port and database, its keys, and doors for tests to come in by.
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Moderation.CasePackage;
using Moderation.Data;
using Moderation.Domain.Accounts;
using Moderation.Domain.Staff;
using Moderation.Evidence;
using Moderation.Features.Audit;
using Moderation.Features.Risk;
using Moderation.Features.Staff;
using Moderation.Tests;

[assembly: AssemblyFixture(typeof(PostgresCluster))]

namespace Moderation.IntegrationTests;

/// <summary>One server with a database and folders of its own; take it as a class fixture, or make one with <see cref="StartAsync"/>.</summary>
public class App(PostgresCluster cluster) : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("moderation-app-").FullName;
    private WebApplicationFactory<Program>? _factory;
    private VaultProcesses? _vault;

    /// <summary>What the server was configured with; a test may add to it before <see cref="InitializeAsync"/>.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    public ShiftedClock Clock { get; } = new();
    public string DataDir => _folder;
    public string KeysDir => Path.Combine(_folder, "keys");
    public string ConnectionString { get; private set; } = "";
    public Uri Address { get; private set; } = new("http://127.0.0.1");
    public IServiceProvider Services => _factory!.Services;

    public static async Task<App> StartAsync(PostgresCluster cluster, params (string Key, string Value)[] settings)
    {
        var app = new App(cluster);
        foreach (var (key, value) in settings)
            app.Settings[key] = value;
        await app.InitializeAsync();
        return app;
    }

    public virtual async ValueTask InitializeAsync()
    {
        ConnectionString = await cluster.NewDatabaseAsync();
        await RunVaultAsync("init", KeysDir);
        Directory.CreateDirectory(Path.Combine(_folder, "blobs"));
        await File.WriteAllBytesAsync(
            Path.Combine(KeysDir, "server", "secrets.key"),
            System.Security.Cryptography.RandomNumberGenerator.GetBytes(32)
        );
        PackageSigner.MakeFiles(Path.Combine(KeysDir, "server", "package-signer.pem"), Clock.GetUtcNow());
        LogKeys.MakeFiles(Path.Combine(KeysDir, "server", "log.key"), Path.Combine(KeysDir, "public"), LogOrigin);
        Settings.TryAdd("ConnectionStrings:Moderation", ConnectionString);
        Settings.TryAdd("DataDir", _folder);
        Settings.TryAdd("Keys:Public", Path.Combine(KeysDir, "public"));
        Settings.TryAdd("Keys:Receipt", Path.Combine(KeysDir, "server", "receipt.key"));
        Settings.TryAdd("Keys:Secrets", Path.Combine(KeysDir, "server", "secrets.key"));
        Settings.TryAdd("Keys:PackageSigner", Path.Combine(KeysDir, "server", "package-signer.pem"));
        Settings.TryAdd("Keys:Log", Path.Combine(KeysDir, "server", "log.key"));
        // A receipt waits for a checkpoint, and a test does not wait for a second.
        Settings.TryAdd("Audit:CheckpointMilliseconds", "20");
        // The machine may be busy with other suites; how long a client is kept waiting has a test of its own.
        Settings.TryAdd("Intake:ReceiptMilliseconds", "30000");
        Settings.TryAdd("Vault:Socket", Path.Combine(_folder, "vault.sock"));
        Settings.TryAdd("Risk:Feeds:Folder", TestPaths.Shared("data", "risk"));
        Settings.TryAdd("Webhooks:AllowLoopback", "true");
        Settings.TryAdd("Relays:AllowLoopback", "true");
        // A machine that runs every suite at once is slow to answer itself.
        Settings.TryAdd("Relays:TimeoutSeconds", "30");
        Settings.TryAdd("Policy:MinimumSuspensionSeconds", "1");
        // What is not about the time to undo does not wait for it; what is, asks for one.
        Settings.TryAdd("Policy:GraceSeconds", "0");
        Settings.TryAdd("Logging:LogLevel:Default", "Critical");
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            foreach (var (key, value) in Settings)
                host.UseSetting(key, value);
            host.UseEnvironment("Production");
            // UseKestrel(0) would mean the default port, which two apps cannot share.
            host.UseSetting(WebHostDefaults.ServerUrlsKey, "http://127.0.0.1:0");
            host.ConfigureServices(services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(Clock)));
            Configure(host);
        });
        _factory.UseKestrel();
        _factory.StartServer();
        Address = new Uri(
            Services
                .GetRequiredService<IServer>()
                .Features.GetRequiredFeature<IServerAddressesFeature>()
                .Addresses.Single()
        );
    }

    /// <summary>What a test adds to the server before it starts.</summary>
    protected virtual void Configure(IWebHostBuilder host) { }

    /// <summary>Waits until the first lists are in use; open cases are scored anew then, over whatever a test has written.</summary>
    public async Task FirstScoringAsync()
    {
        var scoring = Services.GetServices<IHostedService>().OfType<RescoreOpenCases>().Single();
        for (var wait = 0; scoring.Scored is null; wait++)
        {
            wait.ShouldBeLessThan(600, "the lists of the risk folder should be in use by now");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A client that speaks with the given bearer token, or as nobody.</summary>
    public HttpClient Client(string? token = null)
    {
        var client = new HttpClient { BaseAddress = Address };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public async Task<T> InDbAsync<T>(Func<ModerationDb, Task<T>> read)
    {
        await using var scope = Services.CreateAsyncScope();
        return await read(scope.ServiceProvider.GetRequiredService<ModerationDb>());
    }

    public Task InDbAsync(Func<ModerationDb, Task> act) =>
        InDbAsync<bool>(async db =>
        {
            await act(db);
            return true;
        });

    /// <summary>Adds a member of staff and signs them in.</summary>
    public async Task<StaffLogin> StaffAsync(StaffRole role, bool childSafety = false)
    {
        var now = Clock.GetUtcNow();
        var id = StaffId.New(now);
        var mark = id.ToString()[^6..];
        var member = new StaffMember
        {
            Id = id,
            Login = $"{role}-{mark}".ToLowerInvariant(),
            Pseudonym = $"R-{mark}",
            Role = role,
            ChildSafety = childSafety,
            CreatedAt = now,
        };
        member.PasswordHash = new PasswordHasher<StaffMember>().HashPassword(member, Password);
        var token = await InDbAsync(async db =>
        {
            db.Staff.Add(member);
            var issued = Credentials.Issue(db, CredentialKind.Session, id.ToString(), now, TimeSpan.FromHours(1));
            await db.SaveChangesAsync();
            return issued;
        });
        return new StaffLogin(member, token, Client(token));
    }

    public const string LogOrigin = "tests.invalid/audit";
    public const string Password = "correct horse battery staple";

    /// <summary>A client with the platform's API key.</summary>
    public Task<HttpClient> PlatformAsync() => IssueAsync(CredentialKind.ApiKey, "platform");

    /// <summary>A client with a host's token for an account that exists.</summary>
    public Task<HttpClient> HostAsync(AccountId account) => IssueAsync(CredentialKind.HostToken, account.ToString());

    /// <summary>Runs one verb of the built vault program to its end.</summary>
    public static Task RunVaultAsync(params string[] arguments) => VaultProcesses.RunAsync(arguments);

    public static string VaultProgram => VaultProcesses.Program;

    /// <summary>Starts vault and custodian as processes of their own; they end with this app.</summary>
    public async Task StartVaultAsync() =>
        _vault = await VaultProcesses.StartAsync(KeysDir, Settings["Vault:Socket"], Path.Combine(_folder, "log"));

    public async Task StopVaultAsync()
    {
        if (_vault is not null)
            await _vault.DisposeAsync();
        _vault = null;
    }

    /// <summary>What an administrator does for an analyst's approval key: enrols it with vault and custodian, and says so.</summary>
    public async Task EnrolAsync(StaffMember member, CoseKey key)
    {
        await RunVaultAsync([
            "enrol",
            "--dir",
            KeysDir,
            "--staff",
            member.Id.ToString(),
            "--key",
            Convert.ToHexStringLower(key.Encode()),
            .. member.Role == StaffRole.Senior ? ["--senior"] : Array.Empty<string>(),
        ]);
        await InDbAsync(async db =>
        {
            var kid = key.Kid.ToArray();
            var known = await db.ApprovalKeys.FindAsync(kid);
            if (known is null)
                db.ApprovalKeys.Add(
                    known = new ApprovalKey
                    {
                        Kid = kid,
                        StaffId = member.Id,
                        CoseKey = key.Encode(),
                        CreatedAt = Clock.GetUtcNow(),
                    }
                );
            known.State = ApprovalKeyState.Enrolled;
            await db.SaveChangesAsync();
        });
    }

    /// <summary>One of the public keys the ceremony made.</summary>
    public CoseKey PublicKey(string file) =>
        CoseKey
            .Parse(Convert.FromHexString(File.ReadAllText(Path.Combine(KeysDir, "public", file)).Trim()))
            .ShouldNotBeNull();

    public virtual async ValueTask DisposeAsync()
    {
        await StopVaultAsync();
        if (_factory is not null)
            await _factory.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private async Task<HttpClient> IssueAsync(CredentialKind kind, string subject)
    {
        var token = await InDbAsync(async db =>
        {
            var issued = Credentials.Issue(db, kind, subject, Clock.GetUtcNow(), TimeSpan.FromHours(1));
            await db.SaveChangesAsync();
            return issued;
        });
        return Client(token);
    }
}

public sealed record StaffLogin(StaffMember Member, string Token, HttpClient Http);

/// <summary>The system's clock moved by an offset that a test sets.</summary>
public sealed class ShiftedClock : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Offset;
}
