// Services as nftables rules: a pure rule plan and its kernel side.
