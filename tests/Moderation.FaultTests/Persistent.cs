// Sends a request until somebody answers it for good, as a careful client does: a broken connection or a 5xx says nothing either way.
using System.Diagnostics;
using System.Net;

namespace Moderation.FaultTests;

public sealed class Persistent(HttpClient http, Book book)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <param name="make">Makes the request anew for every attempt.</param>
    /// <exception cref="Violation">No answer within two minutes, although the faults are shorter.</exception>
    public async Task<(HttpStatusCode Status, byte[] Body, HttpResponseMessage Answer)> SendAsync(
        Func<HttpRequestMessage> make
    )
    {
        var waiting = Stopwatch.StartNew();
        var last = "no answer";
        while (waiting.Elapsed < Patience)
        {
            try
            {
                using var request = make();
                var answer = await http.SendAsync(request);
                var body = await answer.Content.ReadAsByteArrayAsync();
                if (answer.StatusCode == HttpStatusCode.TooManyRequests)
                    await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1));
                else if ((int)answer.StatusCode < 500)
                    return (answer.StatusCode, body, answer);
                // To a client the same as no answer; to us a fault that should have been a 503.
                if (answer.StatusCode == HttpStatusCode.InternalServerError)
                    book.CountFault();
                last = $"{(int)answer.StatusCode}";
            }
            catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException)
            {
                last = fault.GetType().Name;
            }
            book.CountRetry();
            await Task.Delay(Random.Shared.Next(50, 250));
        }
        using var named = make();
        throw new Violation(
            $"{named.Method} {named.RequestUri} had no answer in {Patience.TotalSeconds} s (last: {last})"
        );
    }
}
