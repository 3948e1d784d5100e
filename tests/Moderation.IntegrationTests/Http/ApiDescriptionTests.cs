// The committed description of the API is the one the code gives, breaks nobody, and every problem code has its page.
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Moderation.Evidence;
using Moderation.Features.Http;
using Moderation.IntegrationTests.Intake;
using Moderation.Tests;

namespace Moderation.IntegrationTests.Http;

[Collection(IntakeCollection.Name)]
public sealed partial class ApiDescriptionTests(App app)
{
    private static string Committed => TestPaths.Repository("docs", "openapi", "v1.json");

    [Fact]
    public async Task The_committed_description_is_the_one_the_code_gives()
    {
        var now = await ReadAsync();
        if (Environment.GetEnvironmentVariable("MODERATION_ACCEPT_API") == "1")
            await File.WriteAllTextAsync(Committed, now);
        var committed = await File.ReadAllTextAsync(Committed);

        var differences = Differences(JsonNode.Parse(committed), JsonNode.Parse(now), "").ToList();

        differences.ShouldBeEmpty(
            $"""
            The API differs from docs/openapi/v1.json (committed → now):
            {string.Join('\n', differences.Take(30))}
            BREAKING among them: {string.Join("; ", Breaks(JsonNode.Parse(committed)!, JsonNode.Parse(now)!))}
            If that is meant and breaks nobody: MODERATION_ACCEPT_API=1 with this test, and commit the file.
            """
        );
    }

    [Fact]
    public async Task Nothing_that_was_promised_at_the_last_release_is_gone()
    {
        // Replaced only when a release is made, never by the acceptance above.
        var released = JsonNode.Parse(await File.ReadAllTextAsync(Path.ChangeExtension(Committed, "released.json")))!;

        Breaks(released, JsonNode.Parse(await ReadAsync())!).ShouldBeEmpty();
    }

    [Fact]
    public void A_break_is_seen()
    {
        var before = JsonNode.Parse(
            """{"paths":{"/a":{"get":{"responses":{"200":{}}},"post":{}}},"components":{"schemas":{"S":{"properties":{"x":{"type":"string"},"y":{"type":"string"}},"required":["x"]}}}}"""
        )!;
        var after = JsonNode.Parse(
            """{"paths":{"/a":{"get":{"responses":{}}}},"components":{"schemas":{"S":{"properties":{"x":{"type":"integer"},"z":{}},"required":["x","z"]}}}}"""
        )!;

        Breaks(before, after)
            .ShouldBe(
                [
                    "post /a is gone",
                    "get /a no longer answers 200",
                    "S.y is gone",
                    "S.x has another type",
                    "S.z became required",
                ],
                ignoreOrder: true
            );
    }

    [Fact]
    public async Task Every_operation_states_who_may_and_what_a_repeat_does()
    {
        var paths = JsonNode.Parse(await ReadAsync())!["paths"]!.AsObject();
        paths.Count.ShouldBeGreaterThan(30);
        foreach (var (path, item) in paths)
        foreach (var (method, operation) in item!.AsObject())
        {
            var text = operation!["description"]?.GetValue<string>() ?? "";
            text.ShouldContain("Permission:", customMessage: $"{method} {path}");
            text.ShouldContain("Repeat:", customMessage: $"{method} {path}");
            text.ShouldContain("Limit:", customMessage: $"{method} {path}");
        }
    }

    [Theory]
    [InlineData("/docs", "text/html")]
    [InlineData("/docs/docs.js", "text/javascript")]
    [InlineData("/docs/docs.css", "text/css")]
    [InlineData("/problems", "text/html")]
    [InlineData("/problems/claim.held", "text/html")]
    public async Task The_pages_for_people_are_there_and_take_nothing_from_elsewhere(string path, string type)
    {
        using var http = app.Client();

        using var answer = await http.GetAsync(path);

        await answer.ShouldBeAsync(200);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe(type);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("default-src 'self'");
        (await answer.Content.ReadAsStringAsync()).ShouldNotMatch("(https?:)?//[a-z]");
    }

    [Fact]
    public void Every_code_that_the_sources_name_has_a_page()
    {
        var sources = new[] { "Moderation.Domain", "Moderation.Features", "Moderation.Server" }
            .SelectMany(p =>
                Directory.EnumerateFiles(TestPaths.Repository("src", p), "*.cs", SearchOption.AllDirectories)
            )
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal));
        var named = sources
            .SelectMany(f => Named().Matches(File.ReadAllText(f)).Select(m => m.Groups["code"].Value))
            .Concat(
                typeof(EvidenceCodes).GetFields().Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!)
            )
            .Distinct()
            .ToList();
        named.Count.ShouldBeGreaterThan(150);

        named.Where(code => !ProblemPages.All.ContainsKey(code)).ShouldBeEmpty("add them to Http/problems.tsv");
    }

    [GeneratedRegex(
        "(?:RefusalKind\\.\\w+,\\s*|\\bOf\\(\\s*[\\w.]+,\\s*|\\d{3} => )\"(?<code>[a-z0-9]+(?:\\.[a-z0-9-]+)+)\""
    )]
    private static partial Regex Named();

    private async Task<string> ReadAsync()
    {
        using var http = app.Client();
        using var answer = await http.GetAsync("/openapi/v1.json");
        await answer.ShouldBeAsync(200);
        return await answer.Content.ReadAsStringAsync();
    }

    private static IEnumerable<string> Differences(JsonNode? before, JsonNode? after, string at)
    {
        if (JsonNode.DeepEquals(before, after))
            return [];
        if (before is JsonObject left && after is JsonObject right)
            return left.Select(m => m.Key)
                .Union(right.Select(m => m.Key))
                .SelectMany(name => Differences(left[name], right[name], $"{at}/{name}"));
        return [$"{at}: {Brief(before)} → {Brief(after)}"];
    }

    private static string Brief(JsonNode? node) =>
        node?.ToJsonString() is { } text ? text[..Math.Min(60, text.Length)] : "nothing";

    // What a client that worked before may lean on: addresses, methods, answers, members and their types.
    private static List<string> Breaks(JsonNode before, JsonNode after)
    {
        List<string> breaks = [];
        foreach (var (path, item) in before["paths"]!.AsObject())
        foreach (var (method, operation) in item!.AsObject())
        {
            if (after["paths"]![path]?[method] is not { } still)
            {
                breaks.Add($"{method} {path} is gone");
                continue;
            }
            foreach (var (status, _) in operation!["responses"]?.AsObject() ?? [])
                if (still["responses"]?[status] is null)
                    breaks.Add($"{method} {path} no longer answers {status}");
        }
        foreach (var (name, schema) in before["components"]?["schemas"]?.AsObject() ?? [])
        {
            if (after["components"]?["schemas"]?[name] is not { } still)
                continue;
            foreach (var (member, shape) in schema!["properties"]?.AsObject() ?? [])
                if (still["properties"]?[member] is not { } kept)
                    breaks.Add($"{name}.{member} is gone");
                else if (shape?["type"] is { } type && !JsonNode.DeepEquals(type, kept["type"]))
                    breaks.Add($"{name}.{member} has another type");
            var needed = schema["required"]?.AsArray().Select(n => n!.GetValue<string>()).ToHashSet() ?? [];
            foreach (var member in still["required"]?.AsArray() ?? [])
                if (!needed.Contains(member!.GetValue<string>()))
                    breaks.Add($"{name}.{member.GetValue<string>()} became required");
        }
        return breaks;
    }
}
