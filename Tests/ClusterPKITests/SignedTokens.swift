/// Keys of an issuer and tokens that they signed, made by OpenSSL. Good until 2100.
enum SignedTokens {
    static let keys =
        #"{"keys":[{"kty":"RSA","use":"sig","kid":"rsa","n":"zYF6kILGF9VwcNzgjgDPFfrVt6bhY6pduHxKBqNeX7R62oc"#
            + #"7IoXzFdAfv13elfvuhhanrNFCDwj-gvgwMAparstyjf0o0skHttllpyVT83OKOLQihIFlwn8X5TzuhmFNQjiH-PFaR11XSZIz_"#
            + #"UQc5FwIisUTT6raRO9LipJIMZKJkQ-Xbzfl3oTJ-sdIfRYpT3Ts-JspNsGkz0hYnOCDSE2vZmixzr97aw_AGf-5GxLvXgceU7G"#
            + #"xykqdMCObRNYno0YfSYdyr0fksHh8XQakBoIhXuQaOtGAwe-ilxmk_xLs_VpOOpto0Co_1r6o9lF9_wtrT94PVnbE_NwtmKPSc"#
            + #"Q","e":"AQAB"},{"kty":"EC","crv":"P-256","kid":"P-256","x":"3yrKBG7KItQrQM8HvNDtlEF-P67ULySoxD-n8n"#
            + #"U_pKA","y":"elrrM8V3MxSMXckSD5-mhWjyTAEL1FpYloL498AHDNg"},{"kty":"EC","crv":"P-384","kid":"P-384","#
            + #""x":"z2uXjLSpRy8V4dfP6GJS6aUn4zy5mwTB4TY3qOduAJjzC_L9y5I6PvhbdZx9WYVB","y":"QzZjDbeJaTjF9eIXAgk-FH"#
            + #"ZPPAWpza1bmwJD4sOpJzpIqZWqEu2K7BhuWzTI5RON"},{"kty":"EC","crv":"P-521","kid":"P-521","x":"ABmi3l-Q"#
            + #"m4CLo0_Ku5RT8C8GdwNQT0VUZw1FepX9VVvjpdlMh_YgFwD3TYQ5SlimNhJHMnx49baxZDZsB1Uc-ZWT","y":"AA71-5z9bVZ"#
            + #"Y5rsBFY9ZCBoePIlvG54E_sUY60KzW2TC5X_DZuYFklwWnsRtjqGM8vbMgHX8DCrVcq7B4N0rNAIq"}]}"#

    /// By the name of their signature.
    static let tokens: [(algorithm: String, text: String)] = [
        (
            "RS256",
            "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjpbImFwdXM"
                + "iXSwic3ViIjoiamFuZSIsImV4cCI6NDEwMjQ0NDgwMCwiZ3JvdXBzIjpbImEiLCJiIl19.UDmviigxIOHxq6fz52GPpaxfHX"
                + "4WfFl3MT0R7_Yr1oEpgCnn-5eclGGh9cwXjAvAmk5HP8-tPENltnrK73hk31T49LrJe-qs3163o2UBhkJ0ssU5eaKucoi4aN"
                + "eO3_wbdUcgx-CCJNarWH5I1nIU8BVETPRwLR5X_-kpu-Kkgi4Dtpi1Naf3vrSAiLTDEljNF8m-ALannnX5_oJGSrL9twZpkK"
                + "AKH0vsypxNRJo0J4UIj8rEVuLeL_tcGxXJHmF4ftFD0hRnFUFThRmtEMx_NE_gKcaiiQpo1jf6XdfX-pISwGRpQTZ0iGG-7Z"
                + "QcjVHtinAiczUxEuZQ1s6qS6S97A"
        ),
        (
            "RS384",
            "eyJhbGciOiJSUzM4NCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjpbImFwdXM"
                + "iXSwic3ViIjoiamFuZSIsImV4cCI6NDEwMjQ0NDgwMCwiZ3JvdXBzIjpbImEiLCJiIl19.Xm4_ds4ENVuOozdV_x4F4Lb-Yc"
                + "pZ1glJWKRp2zHC1JjLapMxGInZuihVdk6tYqV0eRFvB2FrpiNFpPU8yNHLv_RD33aQZr_lpg2VEOeAt5p8rug8lWD4t_CD5O"
                + "1Zu243fI8ySUr9jA-ZkT3UWbe_lr4XlITkVUwX6vrV4VnRHxUrdq2mxOHFrtZBs4u4VsoL5LjVMluy4G2FTJ9BaXdrqVpwLG"
                + "U3CI_teN3QUpQoyBkiWAXXplr6fwDoKWSRACZxR0UUSmGUngYeERq9_RcsLFhLCMwGd6D-Wse0OSsXOS4ujc_ulKpCftXACO"
                + "BCaOm8EnaXU1eTUSsJuwf2Xnet9g"
        ),
        (
            "RS512",
            "eyJhbGciOiJSUzUxMiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjpbImFwdXM"
                + "iXSwic3ViIjoiamFuZSIsImV4cCI6NDEwMjQ0NDgwMCwiZ3JvdXBzIjpbImEiLCJiIl19.u_9DV_ifoka8T5_bpYb3FyVdLq"
                + "3d1FCPabD0xwAu3qIiaOQMGDBzHduUszNwqAwD0a2FJIu2K6o1etvIRo-Jdk6num9x1soVAgarg0oJpJrYUYMMGlWqwGGD-k"
                + "l5p-RxQDm4JSLxMtZyGa5F6wZrkyGMU3ofKSYTInVUarDLG3YWViNlclV8Eb2ld9le2uxikHu3w9VXHoo6CrJFDgIopkMWY5"
                + "aLWCAinbumo34DpcT-5NooAs0rVk6CJDGKOL11Vs-OGdpdhGwVYK1tZXoETsSvu5T7ARrnkYwUGh1n2ocVT2dGBw1HzeV3wr"
                + "j1jrSM76tLk1_rieJ_8gsNFNuxTQ"
        ),
        (
            "PS256",
            "eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjpbImFwdXM"
                + "iXSwic3ViIjoiamFuZSIsImV4cCI6NDEwMjQ0NDgwMCwiZ3JvdXBzIjpbImEiLCJiIl19.ogXE4yL4F4ksEOhWELZkuzgquP"
                + "Lt6NG3SL1x8gfqRxJrnhYrJ-Y1x4yhW_fNnXBoIBtlxsXdVPqwZs6W-EtdhK7Jf0oNUgmXh45s3q1InYcyefeXmwK48nP-Hm"
                + "a9yrNpFmaQdKyi6FzO_yNijdSBGEEK5_6_wneqlAHL0enX9Agpp2qbCcB6OOppprDa53u6xqQez18f0LFcYr7L7q9zB7R_aq"
                + "e1q-KeSvZaDw_UKrcYHox59RDjdq4RefvJeuhZZTJ6vdzAEYDNGPtxlr-lN_t8Xu8G4eUDGYW-P3kFQjJEDBa6i7_vNTRlkm"
                + "4WiEETetcyVtfwv3Eobq4jpmBYpQ"
        ),
        (
            "PS384",
            "eyJhbGciOiJQUzM4NCIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjpbImFwdXM"
                + "iXSwic3ViIjoiamFuZSIsImV4cCI6NDEwMjQ0NDgwMCwiZ3JvdXBzIjpbImEiLCJiIl19.tT9fY1xdnfsjZJMdZHGSOEgBIB"
                + "K11_M0R1F7TxU8KLA5_MkWDhpaygPMxwwIp_1_j1eTUFtnCzc2JCivUEIeK_XsgZtKIm2TmfUyPgo2yyFe_lqdW2Ucy4gE54"
                + "e1QzaKisSjT27DmlasTmH0xyfTlbgx5azHmhpdWOsUDgy8LMG7pg9DnTotX_rGbUc1TIg0qJbwc9euegl6TmDkbQjzycFnW7"
                + "u6h2V-pY9i4i5Pb19zb5NPXimUMru_xa-OnY-S3VwXwR6DZ_GXrc6NwcQBxDyY7qOJfnutt52hOMjK300OKxQhgwKANWp2M6"
                + "npCeIZqiyOq58OCVqYAlDT7Hh9sA"
        ),
        (
            "PS512",
            "eyJhbGciOiJQUzUxMiIsImtpZCI6InJzYSJ9.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjpbImFwdXM"
                + "iXSwic3ViIjoiamFuZSIsImV4cCI6NDEwMjQ0NDgwMCwiZ3JvdXBzIjpbImEiLCJiIl19.nkexNbNUYwcPyAsrYrhD_KnRvN"
                + "oiPzx9WR3gUUoKqpesWLXEk8jG6tfWglgpi1p7Ag-9fHSx1nd0KqDyZ3NMzEGDYLzOUglIqej6XnUpFShK2ExOv1UUMkjO7n"
                + "clg2uWrJLOe1SeodmJ2Zd6K3XpduQ38QGrYmxQKBV4iJESmqWS0I1_-wA4htNq9gxNag7xDpXp_CR5A4cVPg3qqyFeWUryea"
                + "vvHYaATuiV2Y2YWhfs-Va_3RbP4g8lwnMtAQvSohpIC-XSkHQM6pdjYMX4SHvMG8Af0b_Us0swCui_c7fIc8olPabYyvplG9"
                + "0jAZbQKKVEQB5TBw8BrwwaF4BFpQ"
        ),
        (
            "ES256",
            "eyJhbGciOiJFUzI1NiIsImtpZCI6IlAtMjU2In0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjpbImFw"
                + "dXMiXSwic3ViIjoiamFuZSIsImV4cCI6NDEwMjQ0NDgwMCwiZ3JvdXBzIjpbImEiLCJiIl19.ovxT9guUU6zqp6xbcUTQ4_Q"
                + "FNrsoeGa69mkY5IBsE-ufRx7M0iF396z6Ou7NVWXLh5V75WA1b8uj_la5r0VvoQ"
        ),
        (
            "ES384",
            "eyJhbGciOiJFUzM4NCIsImtpZCI6IlAtMzg0In0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjpbImFw"
                + "dXMiXSwic3ViIjoiamFuZSIsImV4cCI6NDEwMjQ0NDgwMCwiZ3JvdXBzIjpbImEiLCJiIl19.D-5t_EdmNpUW7l8bzai-28Z"
                + "SEXboIqpWSebKQaJ8crIePA1rhq1pk0xihfu5K1Zrqb5zExzeLJuLFJB1k1HhjFHLSE8gUb24RlSyF7PiLTgtkfjFRbDa8pi"
                + "P_8A75o3Z"
        ),
        (
            "ES512",
            "eyJhbGciOiJFUzUxMiIsImtpZCI6IlAtNTIxIn0.eyJpc3MiOiJodHRwczovL2lzc3Vlci5leGFtcGxlIiwiYXVkIjpbImFw"
                + "dXMiXSwic3ViIjoiamFuZSIsImV4cCI6NDEwMjQ0NDgwMCwiZ3JvdXBzIjpbImEiLCJiIl19.AAIsQsUasU37g5lMFJZ3YuT"
                + "zc5Yr2jkDsl6Li_16kQjTp3NhBGQpSvPg-0XqBiVxm0lHWMSJ4isDePYStXFMseJUAJ0suXDVzolLvSIUSI1D7vXrAYvffLm"
                + "lGKoPF6aR0harD7LhLKOju8Td5Mv5weG4RTUmXRKU2TXrAS53rd2srTfg"
        ),
    ]
}
