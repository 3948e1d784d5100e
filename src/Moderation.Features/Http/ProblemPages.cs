// Explains every problem code on a page of its own, at the very address that a problem's type names: GET /problems/{code}.
using System.Collections.Frozen;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Moderation.Features.Http;

/// <summary>One stable code: the status it comes with and what it means.</summary>
public sealed record ProblemCode(string Code, int Status, string Meaning);

public static class ProblemPages
{
    /// <summary>Every code there is, by name; problems.tsv beside this file, which a test compares with the sources.</summary>
    public static FrozenDictionary<string, ProblemCode> All { get; } = Read();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/problems", List).AllowAnonymous().ExcludeFromDescription();
        routes.MapGet("/problems/{code}", Show).AllowAnonymous().ExcludeFromDescription();
    }

    private static ContentHttpResult List()
    {
        var rows = new StringBuilder();
        foreach (var problem in All.Values.OrderBy(p => p.Code, StringComparer.Ordinal))
            rows.Append(
                $"<tr><td><a href=\"/problems/{problem.Code}\"><code>{problem.Code}</code></a></td><td>{problem.Status}</td><td>{Text(problem.Meaning)}</td></tr>\n"
            );
        return Page("Problem codes", $"<table><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>\n{rows}</table>");
    }

    private static Results<ContentHttpResult, ProblemHttpResult> Show(string code) =>
        All.TryGetValue(code, out var problem)
            ? Page(
                problem.Code,
                $"<p>HTTP status {problem.Status}</p><p>{Text(problem.Meaning)}</p><p><a href=\"/problems\">All codes</a> · <a href=\"/docs\">The API</a></p>"
            )
            : Problems.Of(404, "request.not-found", null);

    private static ContentHttpResult Page(string title, string body) =>
        TypedResults.Content(
            $"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><link rel=\"stylesheet\" href=\"/docs/docs.css\"></head><body><main><h1>{title}</h1>\n{body}\n</main></body></html>\n",
            "text/html; charset=utf-8"
        );

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static FrozenDictionary<string, ProblemCode> Read()
    {
        using var stream =
            typeof(ProblemPages).Assembly.GetManifestResourceStream("problems.tsv")
            ?? throw new InvalidOperationException("problems.tsv is not built in.");
        using var lines = new StreamReader(stream);
        Dictionary<string, ProblemCode> all = [];
        while (lines.ReadLine() is { Length: > 0 } line)
        {
            var parts = line.Split('\t');
            all.Add(
                parts[0],
                new ProblemCode(
                    parts[0],
                    int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture),
                    parts[2]
                )
            );
        }
        return all.ToFrozenDictionary(StringComparer.Ordinal);
    }
}
