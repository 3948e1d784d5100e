// Where a webhook may not go: by literal, by name, by a name that changes its mind, by spelling (events.md EV-13, 10.8).
using System.Net;
using Microsoft.Extensions.Configuration;
using Moderation.Features.Delivery;
using Moderation.Features.Http;

namespace Moderation.IntegrationTests.Delivery;

public sealed class OutboundAddressTests
{
    private static readonly byte[] Secret = new byte[32];

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("10.1.2.3")]
    [InlineData("100.64.0.1")]
    [InlineData("100.100.100.200")]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.8.8")]
    [InlineData("168.63.129.16")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.1")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.192")]
    [InlineData("192.0.2.1")]
    [InlineData("192.168.1.1")]
    [InlineData("198.18.0.1")]
    [InlineData("198.51.100.7")]
    [InlineData("203.0.113.9")]
    [InlineData("224.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::10.0.0.1")]
    [InlineData("64:ff9b::a00:1")]
    [InlineData("2001:0:1::1")]
    [InlineData("2001:db8::1")]
    [InlineData("2002:a00:1::1")]
    [InlineData("3fff::1")]
    [InlineData("fc00::1")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%1")]
    [InlineData("ff02::1")]
    public async Task A_closed_address_is_refused_as_literal_and_behind_a_name(string text)
    {
        var address = IPAddress.Parse(text);
        OutboundAddress.IsPublic(address).ShouldBeFalse();

        using var sender = Sender(allowLoopback: false, (_, _) => Task.FromResult<IPAddress[]>([address]));
        var literal = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{text}]" : text;
        sender.Refuse($"https://{literal}/hook").ShouldNotBeNull();
        sender.Refuse("https://innocent.example/hook").ShouldBeNull();
        (await SendAsync(sender, "https://innocent.example/hook")).Error.ShouldBe("address-refused");
    }

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("100.128.0.1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("2606:4700::1111")]
    public void A_public_address_is_open(string text) => OutboundAddress.IsPublic(IPAddress.Parse(text)).ShouldBeTrue();

    [Theory]
    [InlineData("http://innocent.example/hook")]
    [InlineData("http://8.8.8.8/hook")]
    [InlineData("ftp://innocent.example/hook")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://user:word@innocent.example/")]
    [InlineData("https://innocent.example:22/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://2130706433/")]
    [InlineData("https://127.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("//innocent.example/")]
    [InlineData("innocent")]
    public void A_url_of_the_wrong_form_is_refused(string url)
    {
        using var sender = Sender(allowLoopback: false);
        sender.Refuse(url).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("http://localhost:1/")]
    [InlineData("http://127.0.0.2:1/")]
    [InlineData("http://10.0.0.1/")]
    [InlineData("http://[::ffff:127.0.0.2]/")]
    public void Allowing_loopback_opens_the_two_loopback_addresses_and_nothing_else(string url)
    {
        using var sender = Sender(allowLoopback: true);
        sender.Refuse(url).ShouldNotBeNull();
        sender.Refuse("http://127.0.0.1:5000/").ShouldBeNull();
        sender.Refuse("http://[::1]:5000/").ShouldBeNull();
    }

    [Fact]
    public async Task A_name_that_turns_private_after_the_url_was_taken_is_refused_at_the_connection()
    {
        var asked = 0;
        using var sender = Sender(
            allowLoopback: true,
            (_, _) =>
            {
                asked++;
                return Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
            }
        );

        var result = await SendAsync(sender, "https://rebinding.example/hook");

        result.Error.ShouldBe("address-refused");
        asked.ShouldBe(1); // once: what is checked is what is connected to
    }

    [Fact]
    public async Task A_name_with_a_public_and_a_private_address_is_refused_whole()
    {
        using var sender = Sender(
            allowLoopback: false,
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("8.8.8.8"), IPAddress.Parse("10.0.0.1")])
        );

        (await SendAsync(sender, "https://mixed.example/hook")).Error.ShouldBe("address-refused");
    }

    private static Task<SendResult> SendAsync(WebhookSender sender, string url) =>
        sender.SendAsync(url, "evt_1", "{}"u8.ToArray(), [Secret], TestContext.Current.CancellationToken);

    private static WebhookSender Sender(
        bool allowLoopback,
        Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null
    ) =>
        new(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    new Dictionary<string, string?> { ["Webhooks:AllowLoopback"] = allowLoopback ? "true" : "false" }
                )
                .Build(),
            TimeProvider.System,
            resolve
        );
}
