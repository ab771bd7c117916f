/** A phone with a tick on it. */
export const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect x="7" y="2" width="18" height="28" rx="5" fill="#3156d3"/>
<path d="M11.5 16.5l3.2 3.2 6-6.6" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>
</svg>
`;
