// Everything bounded in one list: its configuration key, its default, and the code of who goes beyond (sdk-and-cli.md 5.6).
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Moderation.Contracts.Limits;

namespace Moderation.Features.Http;

/// <param name="Key">In appsettings.json, the environment and the command line; null for what the formats fix.</param>
public sealed record Limit(string Name, string? Key, long Default, string Unit, string Code, string About);

public sealed class Limits(IConfiguration configuration)
{
    public static readonly Limit Credential = new(
        "default",
        "Limits:PerCredential",
        600,
        "requests per 60 s",
        "request.too-many",
        "Requests with one token or key."
    );
    public static readonly Limit Account = new(
        "account",
        "Limits:PerAccount",
        1_200,
        "requests per 60 s",
        "request.too-many",
        "Requests of one host account, whatever its tokens."
    );
    public static readonly Limit Bulk = new(
        "bulk",
        "Limits:PerCredentialBulk",
        6_000,
        "requests per 60 s",
        "request.too-many",
        "Segments sent or read with one token, and requests of the platform's key."
    );
    public static readonly Limit Address = new(
        "address",
        "Limits:PerAddress",
        3_000,
        "requests per 60 s",
        "request.too-many",
        "Requests from one address, signed in or not; a loopback address is a proxy and is not counted."
    );
    public static readonly Limit ApiProcesses = new(
        "api-processes",
        "Limits:ApiProcesses",
        1,
        "processes",
        "request.too-many",
        "API processes that share the requests; each grants its part of the four limits above."
    );
    public static readonly Limit OpenChallenges = new(
        "open-challenges",
        "Intake:OpenChallengesPerDevice",
        10,
        "challenges",
        "report.too-many-challenges",
        "Challenges of one device key that are neither answered nor over."
    );
    public static readonly Limit ReportsAnHour = new(
        "reports-an-hour",
        "Intake:BundlesPerDeviceAndHour",
        20,
        "reports per 3,600 s",
        "report.too-many",
        "Reports accepted from one device key."
    );
    public static readonly Limit OpenUploads = new(
        "open-uploads",
        "Intake:OpenUploadsPerAccount",
        20,
        "reports",
        "report.quota-exceeded",
        "Uploads of one account that are not complete."
    );
    public static readonly Limit OpenBytes = new(
        "open-bytes",
        "Intake:OpenBytesPerAccount",
        1_073_741_824,
        "bytes",
        "report.quota-exceeded",
        "Declared bytes of one account's uploads that are not complete."
    );
    public static readonly Limit Connections = new(
        "connections",
        "Limits:Connections",
        5_000,
        "connections",
        "none: the connection is not accepted",
        "Connections open at one process."
    );
    public static readonly Limit HeaderSeconds = new(
        "header-seconds",
        "Limits:HeaderSeconds",
        10,
        "seconds",
        "request.timeout",
        "Time to send a request's headers."
    );
    public static readonly Limit BodySeconds = new(
        "body-seconds",
        "Limits:BodySeconds",
        120,
        "seconds",
        "request.timeout",
        "Time to send a request's body."
    );
    public static readonly Limit BodyRate = new(
        "body-rate",
        "Limits:BodyBytesPerSecond",
        1_024,
        "bytes per second",
        "request.timeout",
        "Slowest body, after five seconds of grace."
    );
    public static readonly Limit Headers = new(
        "headers",
        "Limits:HeaderBytes",
        16_384,
        "bytes",
        "request.headers-too-large",
        "All headers of a request together."
    );
    public static readonly Limit Body = new(
        "body",
        "Limits:BodyBytes",
        1_048_576,
        "bytes",
        "request.too-large",
        "A request body, where an endpoint does not take more."
    );

    /// <summary>What can be configured, then what the formats fix.</summary>
    public static IReadOnlyList<Limit> All { get; } =
    [
        Credential,
        Account,
        Bulk,
        Address,
        ApiProcesses,
        OpenChallenges,
        ReportsAnHour,
        OpenUploads,
        OpenBytes,
        Connections,
        HeaderSeconds,
        BodySeconds,
        BodyRate,
        Headers,
        Body,
        Fixed("manifest", 32_768, "bytes", "evb1.limit-exceeded"),
        Fixed("segment-table", 1_048_576, "bytes", "evb1.limit-exceeded"),
        Fixed("receipts", 524_288, "bytes", "evb1.limit-exceeded"),
        Fixed("segments", 2_048, "segments", "evb1.limit-exceeded"),
        Fixed("segment", 4_194_304, "bytes of plaintext", "evb1.descriptor-invalid"),
        Fixed("bundle", 167_772_160, "bytes of ciphertext", "evb1.limit-exceeded"),
        Fixed("window", 300_000, "milliseconds", "evb1.limit-exceeded"),
        Fixed("upload", 86_400, "seconds from head to last segment", "evb1.upload-expired"),
        Fixed("challenge", 900, "seconds", "evb1.challenge-expired"),
        Fixed("filing", 8_192, "bytes of payload", "filing.invalid"),
        Fixed("filing-subjects", 50, "subjects", "filing.invalid"),
        Fixed("filing-note", 1_000, "characters", "filing.invalid"),
        Fixed("roster", 2_000, "participants", "request.invalid"),
        Fixed("directory-batch", 500, "items", "request.invalid"),
        Fixed("signal-batch", 500, "signals", "request.invalid"),
        Fixed("idempotency-key", 128, "characters", "idempotency.key-missing"),
    ];

    public long Of(Limit limit) => limit.Key is null ? limit.Default : configuration.GetValue(limit.Key, limit.Default);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/limits", Get).AllowAnonymous().WithSummary("Everything that is bounded, and by how much");

    private static Ok<LimitList> Get(Limits limits) =>
        TypedResults.Ok(
            new LimitList([
                .. All.Select(l => new LimitShape(l.Name, l.Key, l.Default, limits.Of(l), l.Unit, l.Code, l.About)),
            ])
        );

    private static Limit Fixed(string name, long most, string unit, string code) =>
        new(name, null, most, unit, code, "Fixed by the format or the API.");
}
